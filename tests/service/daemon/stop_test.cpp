#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "rest_client/rest_client.hpp"
#include "support/processes.hpp"

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using testing::ServiceProcess;

namespace {

template <class Condition>
bool eventually(Condition condition) {
  for (const auto deadline = std::chrono::steady_clock::now() + 20s;
       std::chrono::steady_clock::now() < deadline; std::this_thread::sleep_for(5ms)) {
    if (condition()) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("On SIGTERM a process answers what is in flight, says so, and exits with 0") {
  constexpr int callers = 12;
  const testing::TemporaryFolder folder;
  ServiceProcess sample("sample", {{"delay", "2s"}}, folder.path());
  sample.start();

  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back([&] {
      try {
        const auto answer = rest_client::Client(sample.public_url()).get("/v1/wait");
        if (answer.status == 200 && answer.body == R"({"waited":2000})") ++answered;
      } catch (const rest_client::Unreachable&) {
      }
    });
  }
  rest_client::Client internal(sample.internal_url());
  const std::string all_in_flight =
      "http_requests_in_flight{listener=\"public\"} " + std::to_string(callers);
  CHECK(eventually(
      [&] { return internal.get("/metrics").body.find(all_in_flight) != std::string::npos; }));
  CHECK(internal.get("/readyz").status == 200);

  int ready_status = 0, live_status = 0;
  std::thread probe([&] {
    eventually([&] { return sample.log().find("\"stopping\"") != std::string::npos; });
    ready_status = rest_client::Client(sample.internal_url()).get("/readyz").status;
    live_status = rest_client::Client(sample.internal_url()).get("/livez").status;
  });
  CHECK(sample.terminate(10s) == 0);
  probe.join();
  for (auto& thread : threads) thread.join();
  CHECK(answered == callers);
  CHECK(ready_status == 503);
  CHECK(live_status == 200);
  CHECK_THAT(sample.log(), Contains("\"event\":\"stopped\",\"allAnswered\":true"));
}

TEST_CASE("An idle process stops at once, also while clients keep their connections open") {
  const testing::TemporaryFolder folder;
  ServiceProcess sample("sample", {}, folder.path());
  sample.start();
  rest_client::Client kept(sample.public_url());
  CHECK(kept.get("/v1/wait").status == 200);
  rest_client::Client internal(sample.internal_url());
  CHECK(internal.get("/livez").status == 200);
  CHECK(sample.terminate(3s) == 0);
}

TEST_CASE("A process that cannot finish in time ends by itself before 10 seconds have passed") {
  const testing::TemporaryFolder folder;
  ServiceProcess sample("sample", {{"delay", "60s"}}, folder.path());
  sample.start();
  std::thread caller([&] {
    try {
      rest_client::Client(sample.public_url()).get("/v1/wait");
    } catch (const rest_client::Unreachable&) {
    }
  });
  rest_client::Client internal(sample.internal_url());
  CHECK(eventually([&] {
    return internal.get("/metrics").body.find("http_requests_in_flight{listener=\"public\"} 1") !=
           std::string::npos;
  }));
  CHECK(sample.terminate(10s) == 1);
  caller.join();
  CHECK_THAT(sample.log(), Contains("stopTimedOut"));
}

TEST_CASE("A process whose settings are wrong says all that is wrong and does not start") {
  const testing::TemporaryFolder folder;
  ServiceProcess sample("sample", {{"delay", "soon"}, {"dealy", "1s"}}, folder.path());
  CHECK_THROWS(sample.start());
  CHECK_THAT(sample.log(), Contains("SAMPLE_DEALY is unknown"));
  CHECK_THAT(sample.log(), Contains("--delay is not a duration"));
}
