#include "bench/processes.hpp"

#include <cerrno>
#include <csignal>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <thread>

#include <fcntl.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/authenticator.hpp"
#include "vocabulary/id.hpp"
#include "web/server.hpp"

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;
using Environment = std::map<std::string, std::string>;

constexpr const char* issuer = "http://bench.test";

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(socket);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

bool is_ready(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  constexpr std::string_view request =
      "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  char answer[16] = "";
  const bool answered =
      ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::send(socket, request.data(), request.size(), MSG_NOSIGNAL) > 0 &&
      ::recv(socket, answer, sizeof answer - 1, MSG_WAITALL) > 0;
  ::close(socket);
  return answered && std::string_view(answer).starts_with("HTTP/1.1 200");
}

pid_t spawn(std::vector<std::string> command, const Environment& environment) {
  std::vector<std::string> entries;
  for (const auto& [name, value] : environment) entries.push_back(name + "=" + value);
  const auto pointers_to = [](std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
  };
  const auto argv = pointers_to(command);
  const auto envp = pointers_to(entries);
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  // Not fork(): to copy the page tables of a driver that has grown by a gibibyte takes longer than
  // the start that is measured.
  const pid_t process = ::vfork();
  if (process < 0) throw std::runtime_error("vfork failed");
  if (process == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(nowhere, STDIN_FILENO);
    ::dup2(nowhere, STDOUT_FILENO);
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    ::execve(argv.front(), argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(nowhere);
  return process;
}

web::Response take_events(const web::Request& request) {
  auto results = nlohmann::json::array();
  for (const auto& event : nlohmann::json::parse(request.body)) {
    results.push_back({{"id", event.at("id")}, {"outcome", "taken"}});
  }
  return web::json_response(200, {{"results", std::move(results)}});
}

}  // namespace

Process::Process(const std::string& program, Environment settings) : port_(free_port()) {
  const auto internal_port = free_port();
  settings["MEMBERSHIP_LISTEN"] = "127.0.0.1:" + std::to_string(port_);
  settings["MEMBERSHIP_INTERNAL_LISTEN"] = "127.0.0.1:" + std::to_string(internal_port);
  settings["MEMBERSHIP_ISSUER"] = issuer;
  settings["MEMBERSHIP_CLIENT_SECRET"] = "bench";
  settings["MEMBERSHIP_AUDIT_KEY"] = audit_key;
  const auto since = Clock::now();
  process_ = spawn({program}, settings);
  while (!is_ready(internal_port)) {
    int status = 0;
    if (::waitpid(process_, &status, WNOHANG) == process_) {
      throw std::runtime_error(program + " died");
    }
    if (Clock::now() > since + std::chrono::seconds(30)) {
      ::kill(process_, SIGKILL);
      ::waitpid(process_, nullptr, 0);
      throw std::runtime_error(program + " is not ready");
    }
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  time_to_ready_ = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - since);
}

Process::~Process() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

double Process::cpu_seconds() const {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(process_, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return 0;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

double Process::resident_mib() const {
  std::ifstream file("/proc/" + std::to_string(process_) + "/statm");
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1024 / 1024;
}

Stolen::Ticks Stolen::Ticks::now() {
  // Of user, nice, system, idle, iowait, irq, softirq and steal; what follows is in user already.
  std::ifstream file("/proc/stat");
  std::string name;
  file >> name;
  Ticks ticks;
  for (int i = 0; i < 8 && file >> ticks.stolen; ++i) ticks.all += ticks.stolen;
  return ticks;
}

double Stolen::share() const {
  const Ticks now = Ticks::now();
  return now.all > since_.all ? (now.stolen - since_.stolen) / (now.all - since_.all) : 0;
}

void run_to_end(const std::vector<std::string>& command, const Environment& environment) {
  const pid_t process = spawn(command, environment);
  int status = 0;
  ::waitpid(process, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error(command.front() + " failed");
  }
}

struct Peers::State {
  std::string sign(const auth::Principal& principal, const char* audience) const {
    return auth::sign_token(key, "at+jwt",
                            auth::access_claims(principal, issuer, audience, vocabulary::now(),
                                                std::chrono::hours(24)));
  }

  auth::Key key = auth::Key::generate();
  const std::string key_set =
      nlohmann::json{{"keys", nlohmann::json::array({key.to_public_jwk()})}}.dump();
  web::Server server{
      {.io_threads = 1, .handler_threads = 2},
      {{web::Method::get, "/.well-known/jwks.json", "getKeys", web::Access::anonymous,
        [this](const web::Request&) {
          return web::Response{200, "application/json", key_set};
        }},
       {web::Method::post, "/internal/v1/token", "createToken", web::Access::anonymous,
        [](const web::Request&) {
          return web::json_response(200, {{"access_token", "bench"}, {"expires_in", 600}});
        }},
       {web::Method::post, "/internal/v1/events", "receiveEvents", web::Access::anonymous,
        take_events, 8 * 1024 * 1024}},
      [](std::string_view) { return std::nullopt; }};
};

Peers::Peers() : state_(std::make_unique<State>()) {}

Peers::~Peers() = default;

std::string Peers::url() const {
  return "http://127.0.0.1:" + std::to_string(state_->server.port());
}

std::string Peers::token_of(const std::string& account_id) const {
  return state_->sign({.kind = auth::Principal::Kind::person,
                       .subject = account_id,
                       .session = vocabulary::new_uuid(),
                       .signed_in_with_totp = true,
                       .scopes = {}},
                      "countersign");
}

std::string Peers::token_of_partner(const std::string& client_id) const {
  return state_->sign({.kind = auth::Principal::Kind::partner,
                       .subject = client_id,
                       .session = "",
                       .scopes = {"authorizationChecks"}},
                      "countersign");
}

}  // namespace bench
