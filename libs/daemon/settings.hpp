#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

// The library is libs/daemon; its namespace is `process`, because <unistd.h> declares ::daemon().
namespace process {

/// All that is missing, malformed or unknown in the settings, one a line.
struct BadSettings : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Declares and reads a program's settings: a flag (--database-url) over the environment
/// (MEMBERSHIP_DATABASE_URL, or MEMBERSHIP_DATABASE_URL_FILE: the file that holds it) over the file
/// named by --config ("database-url = …" lines). Each call declares one; read() fills the
/// variables, whose values before are the defaults. Secrets are taken from the environment or files
/// only.
class SettingsReader {
 public:
  /// `program` is "membership": prefix of the environment's names, in upper case.
  explicit SettingsReader(std::string program);
  ~SettingsReader();

  SettingsReader& text(const char* name, std::string& value, const char* help);
  SettingsReader& required_text(const char* name, std::string& value, const char* help);
  /// Never a flag, never shown.
  SettingsReader& secret(const char* name, std::string& value, const char* help);
  SettingsReader& required_secret(const char* name, std::string& value, const char* help);
  /// Comma-separated.
  SettingsReader& list(const char* name, std::vector<std::string>& value, const char* help);
  SettingsReader& integer(const char* name, std::int64_t& value, std::int64_t low,
                          std::int64_t high, const char* help);
  SettingsReader& boolean(const char* name, bool& value, const char* help);  // true or false
  /// "250ms", "30s", "15m", "12h", "30d".
  SettingsReader& duration(const char* name, std::chrono::milliseconds& value, const char* help);
  SettingsReader& durations(const char* name, std::vector<std::chrono::milliseconds>& value,
                            const char* help);  // comma-separated
  /// "127.0.0.1:8080" or "[::1]:8080", whose host is "::1".
  SettingsReader& address(const char* name, std::string& host, std::uint16_t& port,
                          const char* help);
  /// A command besides "serve", with the names of its arguments: ("import-organizations",
  /// {"FILE"}).
  SettingsReader& command(const char* name, std::vector<std::string> arguments, const char* help);

  struct Command {
    std::string name;  // "serve" when none was given
    std::vector<std::string> arguments;
  };
  /// Throws BadSettings that names every fault at once. --help and --version print and exit 0.
  Command read(int argc, char** argv);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace process
