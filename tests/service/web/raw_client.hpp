#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace testing {

struct RawAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

/// A TCP connection to a server on loopback that sends exactly the bytes it is told to.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer = 0);
  RawClient(RawClient&& other) noexcept;
  RawClient& operator=(RawClient&&) = delete;
  ~RawClient();

  /// False when the connection is broken.
  bool send(std::string_view bytes);
  /// The next answer; nullopt when the connection ends or `limit` passes before it is complete.
  std::optional<RawAnswer> answer(std::chrono::milliseconds limit = std::chrono::seconds(10));
  /// True when the server ends the connection in time; bytes that still come are dropped.
  bool ends(std::chrono::milliseconds limit = std::chrono::seconds(10));
  /// Sends and reads one answer.
  std::optional<RawAnswer> ask(std::string_view bytes);
  /// Closes with a reset, as a client that vanishes.
  void vanish();

 private:
  bool receive(std::chrono::steady_clock::time_point deadline);

  int descriptor_;
  bool ended_ = false;
  std::string received_;
};

/// "GET <path>" with a Host.
std::string get(std::string_view path, std::string_view headers = "");
std::string post(std::string_view path, std::string_view body, std::string_view headers = "");

}  // namespace testing
