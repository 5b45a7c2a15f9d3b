#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "web/framing.hpp"
#include "web/server.hpp"

namespace web {

/// One client's connection. Its descriptor belongs to the reactor, which closes it: everything here
/// that touches it does so under the mutex and before disconnected(), so that no answer ever
/// reaches whoever is given the same descriptor next.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Clock = std::chrono::steady_clock;

  /// What connections need of their server. Called with the connection's mutex held, except
  /// dispatch().
  class Owner {
   public:
    explicit Owner(ServerOptions server_options) : options(std::move(server_options)) {}
    virtual ~Owner() = default;

    /// Sees to it that `connection` is answered, now or later.
    virtual void dispatch(const std::shared_ptr<Connection>& connection, Framed framed) = 0;
    /// Sees to it that writable() is called once the descriptor takes more.
    virtual void await_writable(const Connection& connection) = 0;
    /// The whole answer to input that is refused.
    virtual std::string refusal(const Problem& problem) = 0;
    virtual std::size_t body_max(Method method, std::string_view path) = 0;

    const ServerOptions options;
    std::atomic<bool> draining = false;
    std::atomic<std::uint64_t> refused = 0;
  };

  Connection(std::uint64_t id, int descriptor, std::string peer, Owner& owner);

  std::uint64_t id() const { return id_; }
  int descriptor() const { return descriptor_; }
  const std::string& peer() const { return peer_; }

  void received(std::string_view bytes);
  /// Sends the answer to the request that was dispatched, from any thread.
  void answer(std::string_view bytes, bool keep_alive);
  void writable();
  /// The reactor is about to close the descriptor, or the server ends.
  void disconnected();
  /// Answers `problem` and ends: there is no room for this connection.
  void turn_away(const Problem& problem);
  /// Ends what takes too long and, while the server drains, what is idle.
  void check(Clock::time_point now);

  /// True when closing now would lose a request that has begun, or its answer.
  bool is_active() const;

 private:
  enum class Phase { idle, head, body, busy, closing };

  void pump(std::unique_lock<std::mutex>& lock);
  void enter(Phase phase);
  void write(std::string_view bytes);
  void refuse_now(const Problem& problem);
  /// Lets the client read the last answer before the connection ends.
  void close_after_output();
  void cut();
  std::chrono::milliseconds time_for(Phase phase) const;

  const std::uint64_t id_;
  const int descriptor_;
  const std::string peer_;
  Owner& owner_;

  mutable std::mutex mutex_;
  bool closed_ = false;
  bool pumping_ = false;
  Phase phase_ = Phase::idle;
  Framer framer_;
  std::string input_;   // arrived while a request is being answered
  std::string output_;  // what the descriptor did not take yet
  Clock::time_point deadline_;
  Clock::time_point write_deadline_;
};

}  // namespace web
