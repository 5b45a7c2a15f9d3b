#include "support/cluster.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <stdexcept>
#include <thread>

#include <libpq-fe.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace testing {

namespace {

using namespace std::chrono_literals;

std::string find_programs() {
  std::set<std::string> found;
  std::error_code ignored;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored)) {
    found.insert(version.path() / "bin/");
  }
  if (found.empty()) {
    throw std::runtime_error("PostgreSQL is missing: see deploy/local/install-dependencies");
  }
  return *found.rbegin();
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream input(file);
  return {std::istreambuf_iterator<char>(input), {}};
}

// PostgreSQL refuses to run as root. Whatever ends us, it is shut down.
std::vector<std::string> as_server(std::vector<std::string> command) {
  std::vector<std::string> words = {"/usr/bin/setpriv", "--pdeathsig", "QUIT"};
  if (::geteuid() == 0) {
    words.insert(words.end(), {"--reuid=postgres", "--regid=postgres", "--clear-groups"});
  }
  words.push_back("--");
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

std::vector<pid_t> children_of(pid_t process) {
  const auto number = std::to_string(process);
  std::ifstream list("/proc/" + number + "/task/" + number + "/children");
  return {std::istream_iterator<pid_t>(list), {}};
}

}  // namespace

Cluster::Cluster() : programs_(find_programs()) {
  url_ = "postgresql://postgres@127.0.0.1:" + std::to_string(port_.number()) + "/postgres";
  if (::geteuid() == 0) {
    const passwd* server = ::getpwnam("postgres");
    if (server == nullptr || ::chown(folder_.path().c_str(), server->pw_uid, server->pw_gid) != 0) {
      throw std::runtime_error("no folder for the user postgres");
    }
  }
  const auto log = folder_.path() / "initdb.log";
  const pid_t initdb =
      spawn(as_server({programs_ + "initdb", "--pgdata=" + (folder_.path() / "data").string(),
                       "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
                       "--no-instructions", "--no-sync"}),
            {"PATH=/usr/bin:/bin"}, {"/dev/null", log, log});
  int status = 0;
  ::waitpid(initdb, &status, 0);
  if (status != 0) throw std::runtime_error("initdb failed: " + text_of(log));
}

Cluster::~Cluster() {
  if (server_ != 0) crash();
}

void Cluster::start(const std::vector<std::string>& options,
                    const std::vector<std::string>& variables) {
  const auto log = folder_.path() / "server.log";
  std::vector<std::string> command = {programs_ + "postgres",
                                      "-D",
                                      (folder_.path() / "data").string(),
                                      "-h",
                                      "127.0.0.1",
                                      "-p",
                                      std::to_string(port_.number()),
                                      "-k",
                                      folder_.path().string(),
                                      "-c",
                                      "jit=off"};
  command.insert(command.end(), options.begin(), options.end());
  server_ = spawn(as_server(command), variables, {"/dev/null", "/dev/null", log});
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (PQping(url_.c_str()) != PQPING_OK) {
    if (::waitpid(server_, nullptr, WNOHANG) == server_ ||
        std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("PostgreSQL does not answer: " + text_of(log));
    }
    std::this_thread::sleep_for(10ms);
  }
}

void Cluster::signal(int number) {
  ::kill(server_, number);
  ::waitpid(server_, nullptr, 0);
  server_ = 0;
}

void Cluster::stop() {
  signal(SIGINT);
}

void Cluster::crash() {
  signal(SIGQUIT);
}

void Cluster::kill() {
  ::kill(server_, SIGSTOP);  // it starts no more of them
  for (const pid_t child : children_of(server_)) ::kill(child, SIGKILL);
  signal(SIGKILL);
}

void Cluster::run(const std::string& sql) const {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(url_.c_str()), PQfinish);
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection.get(), sql.c_str()),
                                                              PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(sql + ": " + PQerrorMessage(connection.get()));
  }
}

}  // namespace testing
