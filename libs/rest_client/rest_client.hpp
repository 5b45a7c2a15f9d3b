#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rest_client {

/// No answer: refused, reset, timed out or not HTTP. The request may or may not have been executed.
struct Unreachable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Answer {
  int status;
  Headers headers;  // names in lower case
  std::string body;

  /// The first header of that (lower-case) name, or "".
  std::string header(const std::string& name) const;
};

struct Options {
  std::chrono::milliseconds connect_timeout{1'000};
  std::chrono::milliseconds deadline{5'000};  // for the whole answer
};

/// Calls one base URL ("http://host:port") over kept-alive connections. Shared by threads: each
/// call takes a connection of its own. Header values with control characters throw
/// std::invalid_argument.
class Client {
 public:
  explicit Client(std::string base_url, Options options = {});
  ~Client();

  Answer get(const std::string& path, const Headers& headers = {});
  Answer post(const std::string& path, const std::string& body, const std::string& content_type,
              const Headers& headers = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rest_client
