#include "daemon/metrics.hpp"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

namespace process {

namespace {

const prometheus::Histogram::BucketBoundaries buckets = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5};

double cpu_seconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double count_entries(const char* directory) {
  double count = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    ++count;
  }
  return count;
}

}  // namespace

struct Metrics::State {
  struct OfOperation {
    prometheus::Counter& requests;
    prometheus::Histogram& duration;
  };
  struct Reading {
    prometheus::Gauge* gauge;
    std::function<double()> read;
  };

  // Adding to a family searches it by label; what was added is kept by reference.
  OfOperation& of(const std::string& operation, int status) {
    const auto known = operations.find({operation, status});
    if (known != operations.end()) return known->second;
    const prometheus::Labels labels = {{"operation", operation.empty() ? "unmatched" : operation},
                                       {"status", std::to_string(status)}};
    return operations
        .emplace(std::pair(operation, status),
                 OfOperation{requests.Add(labels), durations.Add(labels, buckets)})
        .first->second;
  }

  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("http_requests_total")
                                                          .Help("Answered requests.")
                                                          .Register(registry);
  prometheus::Family<prometheus::Histogram>& durations =
      prometheus::BuildHistogram()
          .Name("http_request_duration_seconds")
          .Help("From the complete request to its answer.")
          .Register(registry);

  std::mutex mutex;
  std::map<std::pair<std::string, int>, OfOperation> operations;
  std::map<std::string, prometheus::Counter*> counters;
  std::map<std::pair<std::string, prometheus::Labels>, Reading> readings;
};

Metrics::Metrics() : state_(std::make_unique<State>()) {
  gauge("process_cpu_seconds", "Processor time used.", cpu_seconds);
  gauge("process_resident_memory_bytes", "Memory in use.", resident_bytes);
  gauge("process_open_fds", "Open file descriptors.",
        [] { return count_entries("/proc/self/fd"); });
  gauge("process_threads", "Threads.", [] { return count_entries("/proc/self/task"); });
}

Metrics::~Metrics() = default;

void Metrics::record(const web::Exchange& exchange) {
  const std::lock_guard lock(state_->mutex);
  auto& of_operation = state_->of(exchange.operation, exchange.status);
  of_operation.requests.Increment();
  of_operation.duration.Observe(std::chrono::duration<double>(exchange.duration).count());
}

void Metrics::count(const char* name, const char* help, double amount) {
  const std::lock_guard lock(state_->mutex);
  auto*& counter = state_->counters[name];
  if (counter == nullptr) {
    counter = &prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry).Add({});
  }
  counter->Increment(amount);
}

void Metrics::gauge(const char* name, const char* help, std::function<double()> read,
                    const std::map<std::string, std::string>& labels) {
  const std::lock_guard lock(state_->mutex);
  auto& gauge =
      prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry).Add(labels);
  state_->readings.insert_or_assign({name, labels}, State::Reading{&gauge, std::move(read)});
}

std::string Metrics::text() {
  const std::lock_guard lock(state_->mutex);
  for (auto& [name, reading] : state_->readings) reading.gauge->Set(reading.read());
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace process
