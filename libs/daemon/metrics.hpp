#pragma once

#include <functional>
#include <memory>
#include <string>

#include "web/server.hpp"

namespace process {

/// The process's Prometheus metrics, served as text on the internal listener. Shared by threads.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  /// http_requests_total and http_request_duration_seconds by operation and status.
  void record(const web::Exchange& exchange);
  void count(const char* name, const char* help, double amount = 1);
  /// A value that is asked for whenever metrics are read; `read` must not throw.
  void gauge(const char* name, const char* help, std::function<double()> read);

  std::string text();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace process
