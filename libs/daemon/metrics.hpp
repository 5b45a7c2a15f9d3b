#pragma once

#include <functional>
#include <map>
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
  /// `name` is a literal: nothing that came from a request becomes a name or a label.
  void count(const char* name, const char* help, double amount = 1);
  /// A value that is asked for whenever metrics are read; `read` must not throw, nor use Metrics.
  void gauge(const char* name, const char* help, std::function<double()> read,
             const std::map<std::string, std::string>& labels = {});

  std::string text();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace process
