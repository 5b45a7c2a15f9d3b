#include "daemon/metrics.hpp"

#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using Catch::Matchers::Contains;
using process::Metrics;

namespace {

void record(Metrics& metrics, const std::string& operation, const std::string& route, int status,
            std::chrono::microseconds duration = std::chrono::microseconds(1'500)) {
  web::Request request;
  request.path = "/v1/role-requests/01890a5d-ac96-774b-bcce-b302099a8057/approve";
  request.source_address = "192.0.2.7";
  metrics.record({request, operation, route, status, duration});
}

}  // namespace

TEST_CASE("Requests are counted and timed by operation and status") {
  Metrics metrics;
  record(metrics, "approveRoleRequest", "/v1/role-requests/{id}/approve", 200);
  record(metrics, "approveRoleRequest", "/v1/role-requests/{id}/approve", 200);
  record(metrics, "approveRoleRequest", "/v1/role-requests/{id}/approve", 409);
  const std::string text = metrics.text();
  CHECK_THAT(text, Contains("# TYPE http_requests_total counter"));
  CHECK_THAT(text,
             Contains("http_requests_total{operation=\"approveRoleRequest\",status=\"200\"} 2"));
  CHECK_THAT(text,
             Contains("http_requests_total{operation=\"approveRoleRequest\",status=\"409\"} 1"));
  CHECK_THAT(text, Contains("# TYPE http_request_duration_seconds histogram"));
  CHECK_THAT(text, Contains("http_request_duration_seconds_count{operation=\"approveRoleRequest\","
                            "status=\"200\"} 2"));
  CHECK_THAT(text, Contains("http_request_duration_seconds_bucket{operation=\"approveRoleRequest\","
                            "status=\"200\",le=\"0.001\"} 0"));
  CHECK_THAT(text, Contains("http_request_duration_seconds_bucket{operation=\"approveRoleRequest\","
                            "status=\"200\",le=\"0.0025\"} 2"));
}

TEST_CASE("Nothing of a request becomes a label") {
  Metrics metrics;
  record(metrics, "", "", 404);
  const std::string text = metrics.text();
  CHECK_THAT(text, Contains("http_requests_total{operation=\"unmatched\",status=\"404\"} 1"));
  CHECK_THAT(text, !Contains("01890a5d"));
  CHECK_THAT(text, !Contains("192.0.2.7"));
  CHECK_THAT(text, !Contains("/v1/"));
}

TEST_CASE("Counters add up and gauges are read when metrics are") {
  Metrics metrics;
  metrics.count("emails_sent_total", "Emails handed over.");
  metrics.count("emails_sent_total", "Emails handed over.", 2);
  double backlog = 5;
  metrics.gauge("outbox_backlog", "Events not delivered.", [&] { return backlog; });
  CHECK_THAT(metrics.text(), Contains("# HELP emails_sent_total Emails handed over."));
  CHECK_THAT(metrics.text(), Contains("emails_sent_total 3"));
  CHECK_THAT(metrics.text(), Contains("outbox_backlog 5"));
  backlog = 6;
  CHECK_THAT(metrics.text(), Contains("outbox_backlog 6"));
  metrics.gauge("outbox_backlog", "Events not delivered.", [] { return 7.0; });
  CHECK_THAT(metrics.text(), Contains("outbox_backlog 7"));
  CHECK_THAT(metrics.text(), Contains("process_resident_memory_bytes"));
}

TEST_CASE("Metrics are recorded and read by several threads at once") {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 250; ++i) {
        record(metrics, "listMembers", "/v1/organizations/{id}/members", 200 + i % 3);
        metrics.count("things_total", "Things.");
        if (i % 50 == 0) metrics.text();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK_THAT(metrics.text(), Contains("things_total 1000"));
}
