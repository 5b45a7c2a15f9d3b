#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "web/problem.hpp"
#include "web/route.hpp"

namespace web {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0 takes any free port
  int io_threads = 2;      // frame and dispatch; nothing blocks on them
  int handler_threads = 16;
  std::size_t queue_max = 1'024;  // requests that wait for a handler thread; more are 503
  std::size_t connections_max = 15'000;
  std::size_t head_max = 8 * 1024;
  std::size_t headers_max = 64;
  std::size_t target_max = 2 * 1024;
  std::chrono::milliseconds head_timeout{10'000};
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds idle_timeout{75'000};
  std::chrono::milliseconds write_timeout{15'000};
  bool totp_required = true;                      // the policy switch of Access::person_with_totp
  std::vector<std::string> allowed_origins = {};  // CORS; exact origins
  std::vector<std::string> trusted_proxies =
      {};  // X-Forwarded-For is believed: "10.0.0.7", "10.0.0.0/8"
  std::vector<const ProblemType*> problem_types = {};  // of the service, for /problems/{name}
  std::string openapi_document = {};                   // served at /openapi.json when not empty
  /// Runs before somebody is refused for want of TOTP; the place to leave an audit row.
  std::function<void(const Request&, const Route&)> on_weak_second_factor = {};
};

/// One answered request, for log and metrics.
struct Exchange {
  const Request& request;
  const std::string& operation;  // "" when no route matched
  const std::string& route;      // the pattern, never the path
  int status;
  std::chrono::microseconds duration;
  std::string_view failure = {};  // what went wrong inside the server: for the log only
};

/// Serves `routes` until destroyed: strict framing, bounded pools, problems for every failure.
class Server {
 public:
  using Observer = std::function<void(const Exchange&)>;

  /// Throws std::runtime_error when the port is taken or two routes are the same.
  Server(ServerOptions options, std::vector<Route> routes, Authenticate authenticate,
         Observer observer = {});
  ~Server();

  std::uint16_t port() const;

  /// Answers what is in flight with "Connection: close", closes idle connections, and returns when
  /// nothing is left or `limit` has passed; true when nothing was cut off.
  bool drain(std::chrono::milliseconds limit);

  struct Load {
    std::size_t connections;
    std::size_t requests_in_flight;
    std::size_t requests_queued;
    std::uint64_t refused;  // closed for bad framing, limits or time since start
  };
  Load load() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace web
