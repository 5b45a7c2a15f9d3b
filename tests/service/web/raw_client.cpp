#include "service/web/raw_client.hpp"

#include <cerrno>
#include <stdexcept>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vocabulary/text.hpp"

namespace testing {

using Clock = std::chrono::steady_clock;

RawClient::RawClient(std::uint16_t port, int receive_buffer)
    : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer > 0) {
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  const int on = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(descriptor_);
    throw std::runtime_error("cannot connect");
  }
}

RawClient::RawClient(RawClient&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      ended_(other.ended_),
      received_(std::move(other.received_)) {}

RawClient::~RawClient() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool RawClient::receive(Clock::time_point deadline) {
  if (ended_) return false;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  pollfd waiting{descriptor_, POLLIN, 0};
  if (left < 0 || ::poll(&waiting, 1, static_cast<int>(left)) != 1) return false;
  char buffer[16 * 1024];
  const auto count = ::recv(descriptor_, buffer, sizeof buffer, 0);
  if (count <= 0) {
    ended_ = true;
    return false;
  }
  received_.append(buffer, static_cast<std::size_t>(count));
  return true;
}

std::optional<RawAnswer> RawClient::answer(std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  auto end = received_.find("\r\n\r\n");
  while (end == std::string::npos) {
    if (!receive(deadline)) return std::nullopt;
    end = received_.find("\r\n\r\n");
  }
  RawAnswer answer;
  std::string_view head = std::string_view(received_).substr(0, end);
  answer.status = std::stoi(std::string(head.substr(9, 3)));
  while (true) {
    const auto line_end = head.find("\r\n");
    if (line_end == std::string_view::npos) break;
    head.remove_prefix(line_end + 2);
    const auto line = head.substr(0, head.find("\r\n"));
    const auto colon = line.find(": ");
    answer.headers.emplace(vocabulary::fold_case(line.substr(0, colon)), line.substr(colon + 2));
  }
  std::size_t size = 0;
  if (const auto length = answer.headers.find("content-length"); length != answer.headers.end()) {
    size = std::stoul(length->second);
  }
  while (received_.size() < end + 4 + size) {
    if (!receive(deadline)) return std::nullopt;
  }
  answer.body = received_.substr(end + 4, size);
  received_.erase(0, end + 4 + size);
  return answer;
}

bool RawClient::ends(std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  while (receive(deadline)) received_.clear();
  return ended_;
}

std::optional<RawAnswer> RawClient::ask(std::string_view bytes) {
  send(bytes);
  return answer();
}

void RawClient::vanish() {
  const linger reset{1, 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  ::close(std::exchange(descriptor_, -1));
}

std::string get(std::string_view path, std::string_view headers) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(headers) +
         "\r\n";
}

std::string post(std::string_view path, std::string_view body, std::string_view headers) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" +
         "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

}  // namespace testing
