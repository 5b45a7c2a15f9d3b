#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/metrics.hpp"
#include "web/server.hpp"

namespace process {

/// First thing in main(): names the log, ignores SIGPIPE, and blocks SIGTERM and SIGINT in this
/// thread and those it starts, so that wait_for_stop() receives them.
void prepare(const std::string& service);

/// Blocks until SIGTERM or SIGINT. The process then has 9.5 seconds to return from main() before it
/// is ended with status 1.
void wait_for_stop();

/// One thing that must hold before traffic is wanted: "database", "migrations", "keys".
struct ReadyCheck {
  const char* name;
  std::function<bool()> holds;  // must not throw
};

/// Both listeners of a service. Adds /livez, /readyz and /metrics to the internal routes, logs and
/// counts every exchange, and prints {"event": "listening", …} with both ports once ready to
/// accept.
class Listeners {
 public:
  struct Options {
    web::ServerOptions public_server;
    web::ServerOptions internal_server;
    std::vector<web::Route> public_routes;
    std::vector<web::Route> internal_routes;
    web::Authenticate authenticate_public;
    web::Authenticate authenticate_internal;
    std::vector<ReadyCheck> ready_checks;
  };
  Listeners(Options options, Metrics& metrics);
  ~Listeners();

  /// Readiness goes red, both listeners finish what is in flight (within `limit`), and stop.
  void stop(std::chrono::milliseconds limit = std::chrono::seconds(8));

  std::uint16_t public_port() const;
  std::uint16_t internal_port() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Calls `act` about every `period` on a thread of its own until destroyed. What it throws is
/// logged.
class Periodic {
 public:
  Periodic(const char* name, std::chrono::milliseconds period, std::function<void()> act);
  ~Periodic();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace process
