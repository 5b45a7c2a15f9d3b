#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "rest_client/rest_client.hpp"

namespace testing {

/// A service that ours talk to, on loopback: answers every POST and GET by `handle` until
/// destroyed.
class Peer {
 public:
  struct Request {
    std::string path;
    std::string body;
    std::string authorization;
    std::string content_type;
  };
  struct Response {
    int status;
    std::string body = "";
    bool drop_connection = false;  // instead of answering
  };
  using Handle = std::function<Response(const Request&)>;

  /// `port` 0 takes any free port; an earlier peer's port lets it "come back".
  explicit Peer(Handle handle, std::uint16_t port = 0);
  ~Peer();

  std::uint16_t port() const;
  std::string url() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A peer that plays bytes: `talk` is called with each accepted socket, on a thread of its own, and
/// must return soon after the other side has gone.
class RawPeer {
 public:
  explicit RawPeer(std::function<void(int socket)> talk);
  ~RawPeer();

  std::string url() const;
  int accepted() const { return accepted_; }

 private:
  int listener_;
  std::uint16_t port_;
  std::atomic<int> accepted_ = 0;
  std::thread thread_;
};

/// Reads from `socket` until the end of a request's head, or "" when the other side has gone.
std::string read_head(int socket);
/// False when the other side has gone.
bool write_all(int socket, const std::string& bytes);

}  // namespace testing
