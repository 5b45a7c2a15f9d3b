#include "support/peer.hpp"

#include <stdexcept>
#include <vector>

#include <arpa/inet.h>
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

namespace testing {

struct Peer::State {
  explicit State(Handle given) : handle(std::move(given)) {}

  Handle handle;
  httplib::Server server;
  int port = 0;
  std::thread thread;
};

Peer::Peer(Handle handle, std::uint16_t port) : state_(std::make_unique<State>(std::move(handle))) {
  auto& server = state_->server;
  server.set_tcp_nodelay(true);
  server.set_keep_alive_timeout(1);
  const auto answer = [state = state_.get()](const httplib::Request& request,
                                             httplib::Response& response) {
    const Response given =
        state->handle({request.path, request.body, request.get_header_value("Authorization"),
                       request.get_header_value("Content-Type")});
    response.status = given.status;
    if (given.drop_connection) {  // the body never comes
      response.set_content_provider(
          10, "text/plain", [](std::size_t, std::size_t, httplib::DataSink&) { return false; });
    } else {
      response.set_content(given.body, "application/json");
    }
  };
  server.Get(".*", answer);
  server.Post(".*", answer);
  if (port == 0) {
    state_->port = server.bind_to_any_port("127.0.0.1");
  } else if (server.bind_to_port("127.0.0.1", port)) {
    state_->port = port;
  }
  if (state_->port <= 0) throw std::runtime_error("no port for a peer");
  state_->thread = std::thread([&server] { server.listen_after_bind(); });
  while (!server.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  // cpp-httplib makes its static locals in the first call, under guards that the thread sanitizer
  // does not see: one call, which no handler takes, goes before those of several threads.
  httplib::Client(url()).Put("/");
}

Peer::~Peer() {
  state_->server.stop();
  state_->thread.join();
}

std::uint16_t Peer::port() const {
  return static_cast<std::uint16_t>(state_->port);
}

std::string Peer::url() const {
  return "http://127.0.0.1:" + std::to_string(state_->port);
}

RawPeer::RawPeer(std::function<void(int socket)> talk)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("no port for a peer");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this, talk = std::move(talk)] {
    std::vector<std::thread> talks;
    for (int socket; (socket = ::accept(listener_, nullptr, nullptr)) >= 0;) {
      ++accepted_;
      talks.emplace_back([socket, &talk] {
        talk(socket);
        ::close(socket);
      });
    }
    for (auto& thread : talks) thread.join();
  });
}

RawPeer::~RawPeer() {
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

std::string RawPeer::url() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

std::string read_head(int socket) {
  std::string head;
  char byte = 0;
  while (!head.ends_with("\r\n\r\n")) {
    if (::recv(socket, &byte, 1, 0) != 1) return "";
    head += byte;
  }
  return head;
}

bool write_all(int socket, const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto sent = ::send(socket, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    done += static_cast<std::size_t>(sent);
  }
  return true;
}

}  // namespace testing
