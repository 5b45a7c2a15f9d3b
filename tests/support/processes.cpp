#include "support/processes.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/paths.hpp"

using namespace std::chrono_literals;

namespace testing {

namespace {

std::string file_text(const std::filesystem::path& file) {
  std::ifstream input(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(input), {}};
}

bool listens(const std::string& log) {
  for (std::size_t begin = 0, end; (end = log.find('\n', begin)) != log.npos; begin = end + 1) {
    const auto line = nlohmann::json::parse(log.substr(begin, end - begin), nullptr, false);
    if (line.is_object() && line.value("event", "") == "listening") return true;
  }
  return false;
}

std::string setting_name(const std::string& service, const std::string& name) {
  std::string text = service + "_" + name;
  for (char& c : text) {
    c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return text;
}

int exit_status(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

// All is prepared before fork(): a child of a process with threads may do little more than exec.
pid_t spawn(std::vector<std::string> command, std::vector<std::string> environment,
            const Streams& streams) {
  const auto argv = pointers_to(command);
  const auto envp = pointers_to(environment);
  const pid_t process = ::fork();
  if (process < 0) throw std::runtime_error("fork failed");
  if (process > 0) return process;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  constexpr int append = O_WRONLY | O_CREAT | O_APPEND;
  ::dup2(::open(streams.in.c_str(), O_RDONLY), STDIN_FILENO);
  ::dup2(::open(streams.out.c_str(), append, 0600), STDOUT_FILENO);
  ::dup2(::open(streams.err.c_str(), append, 0600), STDERR_FILENO);
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  ::execve(argv.front(), argv.data(), envp.data());
  ::_exit(127);
}

ReservedPort::ReservedPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  std::random_device random;
  for (int attempt = 0; attempt < 200; ++attempt) {
    number_ = std::uniform_int_distribution<std::uint16_t>(12'000, 32'000)(random);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(number_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) continue;
    // Only now: with it the port of another who waits for its server could be bound too.
    const int yes = 1;
    ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    return;
  }
  ::close(socket_);
  throw std::runtime_error("no free port");
}

ReservedPort::~ReservedPort() {
  ::close(socket_);
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "countersign.XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

ServiceProcess::ServiceProcess(std::string service, Settings settings,
                               const std::filesystem::path& log_folder)
    : service_(std::move(service)),
      settings_(std::move(settings)),
      log_file_(log_folder / (service_ + ".log")) {
  for (const auto& [name, url] :
       {std::pair{"listen", &public_url_}, std::pair{"internal-listen", &internal_url_}}) {
    auto& address = settings_[name];
    if (address.empty()) {
      address = "127.0.0.1:" + std::to_string(ports_.emplace_back().number());
    }
    *url = "http://" + address;
  }
  if (service_ == "membership") settings_.emplace("audit-key", audit_key);
}

ServiceProcess::~ServiceProcess() {
  if (running()) kill();
}

void ServiceProcess::run_under(std::vector<std::string> command,
                               std::vector<std::string> variables) {
  wrapper_ = std::move(command);
  variables_ = std::move(variables);
}

void ServiceProcess::start(std::chrono::milliseconds limit) {
  if (running()) throw std::logic_error(service_ + " is already running");
  const auto said_before = log().size();
  auto command = command_line({});
  command.insert(command.begin(), wrapper_.begin(), wrapper_.end());
  auto variables = environment();
  variables.insert(variables.end(), variables_.begin(), variables_.end());
  process_ = spawn(std::move(command), std::move(variables), {"/dev/null", log_file_, log_file_});
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!listens(log().substr(said_before))) {
    int status = 0;
    const bool dead = ::waitpid(process_, &status, WNOHANG) == process_;
    if (dead) process_ = 0;
    if (dead || std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error(service_ + (dead ? " died" : " does not listen") + ":\n" +
                               log().substr(said_before));
    }
    std::this_thread::sleep_for(10ms);
  }
}

void ServiceProcess::kill() {
  if (!running()) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = 0;
}

bool ServiceProcess::wait_for_end(std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (running()) {
    if (::waitpid(process_, nullptr, WNOHANG) == process_) {
      process_ = 0;
    } else if (std::chrono::steady_clock::now() > deadline) {
      return false;
    } else {
      std::this_thread::sleep_for(5ms);
    }
  }
  return true;
}

int ServiceProcess::terminate(std::chrono::milliseconds limit) {
  ::kill(process_, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + limit;
  int status = 0;
  while (::waitpid(process_, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error(service_ + " still lives after SIGTERM:\n" + log());
    }
    std::this_thread::sleep_for(10ms);
  }
  process_ = 0;
  return exit_status(status);
}

std::string ServiceProcess::command(const std::vector<std::string>& arguments,
                                    const std::string& input) {
  const TemporaryFolder folder;
  const auto in = folder.path() / "in", out = folder.path() / "out", err = folder.path() / "err";
  std::ofstream(in) << input;
  const pid_t process = spawn(command_line(arguments), environment(), {in, out, err});
  int status = 0;
  ::waitpid(process, &status, 0);
  if (exit_status(status) != 0) {
    throw std::runtime_error(service_ + " " + arguments.front() + " failed:\n" + file_text(out) +
                             file_text(err));
  }
  return file_text(out);
}

std::string ServiceProcess::log() const {
  return file_text(log_file_);
}

std::vector<std::string> ServiceProcess::command_line(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), build_root() + "/services/" + service_ + "/" + service_);
  return arguments;
}

// The settings and nothing else.
std::vector<std::string> ServiceProcess::environment() const {
  std::vector<std::string> entries;
  for (const auto& [name, value] : settings_) {
    entries.push_back(setting_name(service_, name) + "=" + value);
  }
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) entries.push_back(std::string(name) + "=" + value);
  }
  return entries;
}

}  // namespace testing
