#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace testing {

/// The key that membership seals its audit with in tests.
inline constexpr const char* audit_key = "a key of the tests for the audit";

/// A TCP port of 127.0.0.1, below those the kernel gives to clients, that is nobody else's while
/// this object lives: a server that restarts there, with SO_REUSEADDR, finds it free again.
class ReservedPort {
 public:
  ReservedPort();
  ~ReservedPort();
  ReservedPort(const ReservedPort&) = delete;
  ReservedPort& operator=(const ReservedPort&) = delete;

  std::uint16_t number() const { return number_; }

 private:
  int socket_;
  std::uint16_t number_;
};

/// A folder that is gone, with all in it, when this object is.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Where a child's standard streams go: what is written is appended.
struct Streams {
  std::filesystem::path in, out, err;
};

/// Runs `command`, whose first word is a path, with this environment ("NAME=value") and no other
/// descriptors; it dies with the thread that started it. Returns its id.
pid_t spawn(std::vector<std::string> command, std::vector<std::string> environment,
            const Streams& streams);

/// One real process of a service of this build, on ports and a database that outlive its death. It
/// dies with this object, and with the thread that started it.
class ServiceProcess {
 public:
  /// Names as in the service's flags, without dashes in front: {"database-url", "sqlite:…"}.
  using Settings = std::map<std::string, std::string>;

  ServiceProcess(std::string service, Settings settings, const std::filesystem::path& log_folder);
  ~ServiceProcess();
  ServiceProcess(const ServiceProcess&) = delete;
  ServiceProcess& operator=(const ServiceProcess&) = delete;

  /// Changes a setting from the next start on.
  void set(const std::string& name, std::string value) { settings_[name] = std::move(value); }

  /// Runs it under another program, from the next start on: that program's words and variables
  /// ("NAME=value") go before its own. Nothing ends this.
  void run_under(std::vector<std::string> command, std::vector<std::string> variables = {});

  /// Returns when it listens; throws with the end of its log when it does not within the limit.
  void start(std::chrono::milliseconds limit = std::chrono::seconds(20));
  /// SIGKILL; returns when it is dead.
  void kill();
  /// SIGTERM; returns its exit status (128 + signal when one ended it), throws when it still lives
  /// after `limit`.
  int terminate(std::chrono::milliseconds limit = std::chrono::seconds(10));
  bool running() const { return process_ > 0; }
  pid_t id() const { return process_; }
  /// Waits until it is dead; false when it still lives after `limit`.
  bool wait_for_end(std::chrono::milliseconds limit);

  /// Runs another command of the program ({"import-organizations", file}) with the same settings
  /// and `input` as its stdin; returns its stdout, throws with its stderr when it fails.
  std::string command(const std::vector<std::string>& arguments, const std::string& input = "");

  const std::string& public_url() const { return public_url_; }
  const std::string& internal_url() const { return internal_url_; }
  std::string log() const;  // of all lives

 private:
  std::vector<std::string> command_line(std::vector<std::string> arguments) const;
  std::vector<std::string> environment() const;

  std::string service_;
  Settings settings_;
  std::vector<std::string> wrapper_;
  std::vector<std::string> variables_;
  std::filesystem::path log_file_;
  std::list<ReservedPort> ports_;
  std::string public_url_;
  std::string internal_url_;
  pid_t process_ = 0;
};

}  // namespace testing
