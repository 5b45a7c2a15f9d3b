#include "bench/load.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <queue>
#include <stdexcept>
#include <string>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {
    if (descriptor_ < 0) throw std::runtime_error("no descriptor");
  }
  ~Descriptor() { ::close(descriptor_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

/// One keep-alive connection with at most one request under way.
class Connection {
 public:
  Connection(std::uint16_t port, Client client)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), client_(std::move(client)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
        0) {
      throw std::runtime_error("the server does not listen");
    }
    constexpr int yes = 1;
    setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }

  int socket() const { return socket_.get(); }
  Clock::time_point due() const { return due_; }
  void set_due(Clock::time_point due) { due_ = due; }

  /// Small requests always fit the socket's buffer.
  void send() {
    const std::string_view request = client_(answered_ ? &answer_ : nullptr);
    if (::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
      throw std::runtime_error("the server hung up");
    }
    input_.clear();
  }

  /// The answer, once it is complete.
  const Answer* receive() {
    const auto count = ::recv(socket_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return nullptr;
    if (count <= 0) throw std::runtime_error("the server hung up");
    input_.append(buffer_.data(), static_cast<std::size_t>(count));
    const auto end = input_.find("\r\n\r\n");
    if (end == std::string::npos) return nullptr;
    const std::string_view head(input_.data(), end);
    if (input_.size() < end + 4 + content_length(head)) return nullptr;
    answer_ = {.status = number(head.substr(9, 3)),
               .head = head,
               .body = std::string_view(input_).substr(end + 4)};
    answered_ = true;
    return &answer_;
  }

 private:
  static int number(std::string_view text) {
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }
  static std::size_t content_length(std::string_view head) {
    constexpr std::string_view name = "Content-Length: ";
    const auto at = head.find(name);
    if (at == std::string_view::npos) return 0;
    const auto value = head.substr(at + name.size());
    return static_cast<std::size_t>(number(value.substr(0, value.find('\r'))));
  }

  Descriptor socket_;
  Client client_;
  Clock::time_point due_;
  std::string input_;
  Answer answer_{};
  bool answered_ = false;
  std::array<char, 64 * 1024> buffer_;
};

struct Later {
  bool operator()(const Connection* left, const Connection* right) const {
    return left->due() > right->due();
  }
};

}  // namespace

double Measured::percentile(double share) const {
  if (micros.empty()) return 0;
  const auto index = static_cast<std::size_t>(share * static_cast<double>(micros.size() - 1));
  return micros[index] / 1'000.0;
}

Measured run(const Load& load, std::vector<Client> clients,
             const std::function<void()>& measuring) {
  const Descriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  std::vector<std::unique_ptr<Connection>> connections;
  std::priority_queue<Connection*, std::vector<Connection*>, Later> waiting;
  const auto pause = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(
      load.rate > 0 ? static_cast<double>(clients.size()) / load.rate : 0));
  const auto begin = Clock::now();
  for (auto& client : clients) {
    auto& connection =
        *connections.emplace_back(std::make_unique<Connection>(load.port, std::move(client)));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &connection;
    epoll_ctl(epoll.get(), EPOLL_CTL_ADD, connection.socket(), &event);
    const auto share = static_cast<Clock::rep>(connections.size() - 1);
    connection.set_due(begin + pause * share / static_cast<Clock::rep>(clients.size()));
    waiting.push(&connection);
  }

  Measured measured;
  bool warm = false;
  auto since = begin;
  std::array<epoll_event, 256> events{};
  for (;;) {
    auto now = Clock::now();
    if (!warm && now >= begin + load.warm_up) {
      warm = true;
      since = now;
      if (measuring) measuring();
    }
    if (warm && (now >= since + load.duration ||
                 (load.requests_max > 0 && measured.answered >= load.requests_max))) {
      break;
    }
    while (!waiting.empty() && waiting.top()->due() <= now) {
      waiting.top()->send();
      waiting.pop();
    }
    timespec timeout{0, 20'000'000};
    if (!waiting.empty()) {
      const auto left = std::chrono::nanoseconds(waiting.top()->due() - now).count();
      timeout.tv_nsec = std::clamp<long>(left, 0, timeout.tv_nsec);
    }
    const int count = ::epoll_pwait2(epoll.get(), events.data(), static_cast<int>(events.size()),
                                     &timeout, nullptr);
    now = Clock::now();
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      const Answer* answer = connection.receive();
      if (answer == nullptr) continue;
      if (warm) {
        ++measured.answered;
        measured.refused += answer->status >= 400;
        const auto took =
            std::chrono::duration_cast<std::chrono::microseconds>(now - connection.due());
        measured.micros.push_back(static_cast<std::uint32_t>(took.count()));
      }
      if (load.rate > 0) {
        connection.set_due(connection.due() + pause);
        waiting.push(&connection);
      } else {
        connection.set_due(now);
        connection.send();
      }
    }
  }
  measured.seconds = std::chrono::duration<double>(Clock::now() - since).count();
  std::sort(measured.micros.begin(), measured.micros.end());
  return measured;
}

}  // namespace bench
