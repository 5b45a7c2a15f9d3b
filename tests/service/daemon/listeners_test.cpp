#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/process.hpp"
#include "rest_client/rest_client.hpp"
#include "support/processes.hpp"

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using nlohmann::json;
using process::Listeners;
using process::Metrics;

namespace {

Listeners::Options options_with(std::vector<process::ReadyCheck> checks) {
  Listeners::Options options;
  options.public_routes = {{web::Method::get, "/v1/things/{id}", "getThing", web::Access::anonymous,
                            [](const web::Request&) {
                              return web::json_response(200, {{"a", 1}});
                            }}};
  options.ready_checks = std::move(checks);
  return options;
}

std::string url(std::uint16_t port) {
  return "http://127.0.0.1:" + std::to_string(port);
}

}  // namespace

TEST_CASE("Readiness names each check and is red while one does not hold") {
  std::atomic<bool> database{true};
  Metrics metrics;
  Listeners listeners(
      options_with({{"database", [&] { return database.load(); }}, {"keys", [] { return true; }}}),
      metrics);
  rest_client::Client internal(url(listeners.internal_port()));
  auto answer = internal.get("/readyz");
  CHECK(answer.status == 200);
  CHECK(json::parse(answer.body) ==
        json{{"ready", true}, {"checks", {{"database", true}, {"keys", true}}}});

  database = false;
  answer = internal.get("/readyz");
  CHECK(answer.status == 503);
  CHECK(json::parse(answer.body) ==
        json{{"ready", false}, {"checks", {{"database", false}, {"keys", true}}}});
  CHECK(internal.get("/livez").status == 200);
}

TEST_CASE("Health and metrics are on the internal listener only") {
  Metrics metrics;
  Listeners listeners(options_with({}), metrics);
  rest_client::Client outside(url(listeners.public_port()));
  for (const char* path : {"/livez", "/readyz", "/metrics"}) {
    CHECK(outside.get(path).status == 404);
  }
}

TEST_CASE("Metrics tell requests by operation, and the load of both listeners") {
  Metrics metrics;
  Listeners listeners(options_with({}), metrics);
  rest_client::Client outside(url(listeners.public_port()));
  CHECK(outside.get("/v1/things/918273645").status == 200);
  CHECK(outside.get("/v1/things/918273645?tin=000918273").status == 200);

  const auto answer = rest_client::Client(url(listeners.internal_port())).get("/metrics");
  CHECK(answer.status == 200);
  CHECK(answer.header("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK_THAT(answer.body, Contains("http_requests_total{operation=\"getThing\",status=\"200\"} 2"));
  CHECK_THAT(answer.body, Contains("http_connections{listener=\"public\"} 1"));
  CHECK_THAT(answer.body, Contains("http_requests_in_flight{listener=\"internal\"} 1"));
  CHECK_THAT(answer.body, !Contains("918273"));
}

TEST_CASE("The supervisor is told when the service is ready and when it stops") {
  const testing::TemporaryFolder folder;
  const std::string path = (folder.path() / "notify").string();
  const int supervisor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  REQUIRE(bind(supervisor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const auto told = [&] {
    char text[64];
    const auto size = recv(supervisor, text, sizeof text, MSG_DONTWAIT);
    return size < 0 ? std::string() : std::string(text, static_cast<std::size_t>(size));
  };

  setenv("NOTIFY_SOCKET", path.c_str(), 1);
  {
    Metrics metrics;
    Listeners listeners(options_with({}), metrics);
    CHECK(told() == "READY=1");
    listeners.stop();
    CHECK(told() == "STOPPING=1");
  }
  unsetenv("NOTIFY_SOCKET");
  close(supervisor);
}

TEST_CASE("Work that recurs goes on after it failed, and stops when it is no longer wanted") {
  std::atomic<int> calls{0};
  {
    const process::Periodic periodic("work", 1ms, [&] {
      if (++calls % 2 == 1) throw std::runtime_error("row (000000001) is broken");
    });
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (calls < 5 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  }
  const int at_the_end = calls;
  CHECK(at_the_end >= 5);
  std::this_thread::sleep_for(20ms);
  CHECK(calls == at_the_end);

  const auto start = std::chrono::steady_clock::now();
  {
    const process::Periodic idle("idle", std::chrono::hours(1), [] {});
  }
  CHECK(std::chrono::steady_clock::now() - start < 5s);
}
