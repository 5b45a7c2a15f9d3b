#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "service/web/echo_server.hpp"
#include "unit/web/framing_corpus.hpp"

using testing::EchoServer;
using testing::get;
using testing::post;
using testing::RawClient;

namespace {

// A refusal that the client can read: the status, a problem, and the end of the connection.
void check_refused(RawClient& client, int status) {
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == status);
  CHECK(answer->headers.at("content-type") == "application/problem+json");
  CHECK(answer->headers.at("connection") == "close");
  const auto problem = nlohmann::json::parse(answer->body);
  CHECK(problem.at("status") == status);
  CHECK(problem.at("requestId") == answer->headers.at("x-request-id"));
  CHECK_FALSE(client.answer());  // nothing that was hidden in the rest is answered
  CHECK(client.ends());
}

}  // namespace

TEST_CASE("Every input that must be refused is refused and closed, and the server still serves") {
  EchoServer echo;
  for (const auto& input : testing::refused_inputs()) {
    INFO(input.why);
    auto client = echo.client();
    client.send(input.bytes);
    check_refused(client, input.status);
  }
  CHECK(echo.hidden == 0);
  CHECK(echo.serves());
  CHECK(echo.server.load().refused == testing::refused_inputs().size());
  CHECK(testing::eventually([&] { return echo.server.load().connections == 0; }));
}

TEST_CASE("Input that must be refused is refused in two segments too") {
  EchoServer echo;
  for (const auto& input : testing::refused_inputs()) {
    INFO(input.why);
    for (const std::size_t cut : {input.bytes.size() / 2, input.bytes.size() - 1}) {
      auto client = echo.client();
      client.send(std::string_view(input.bytes).substr(0, cut));
      client.send(std::string_view(input.bytes).substr(cut));
      check_refused(client, input.status);
    }
  }
  CHECK(echo.serves());
}

TEST_CASE("Refusing every input leaves no thread at work") {
  EchoServer echo;
  for (const auto& input : testing::refused_inputs()) {
    auto client = echo.client();
    client.send(input.bytes);
    client.vanish();
  }
  // Bare Pistache spins for ever on this one.
  for (int i = 0; i < 8; ++i) {
    auto client = echo.client();
    client.send(testing::chunked("2\r\n{}\r"));
    client.send("\n0\r\n\r\n");
    client.vanish();
  }
  REQUIRE(testing::eventually([&] { return echo.server.load().connections == 0; }));
  CHECK(echo.serves());
  const auto before = testing::processor_seconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));  // the measurement itself
  CHECK(testing::processor_seconds() - before < 0.1);
}

TEST_CASE("A request behind a refused one is not answered") {
  EchoServer echo;
  auto client = echo.client();
  client.send(get("/echo/first") + "GET / HTTP/1.1\r\n\r\n" + get("/hidden"));
  CHECK(client.answer()->body == "first");
  check_refused(client, 400);
  CHECK(echo.hidden == 0);
}

TEST_CASE("A client that is refused while it still sends can read why") {
  EchoServer echo;
  auto client = echo.client();
  client.send(testing::framed("Content-Length: 3000000\r\n", ""));
  for (int i = 0; i < 30; ++i) client.send(testing::repeat(testing::with_target("/hidden"), 1'000));
  check_refused(client, 413);
  CHECK(echo.hidden == 0);
}

TEST_CASE("Well-formed requests are answered wherever they are cut in two") {
  EchoServer echo;
  auto client = echo.client();
  for (const auto& input : testing::accepted_inputs()) {
    if (input.bytes.find("Expect") != std::string::npos) continue;
    INFO(input.why);
    const std::size_t step = input.bytes.size() > 1'000 ? input.bytes.size() / 7 : 1;
    for (std::size_t cut = 0; cut < input.bytes.size(); cut += step) {
      client.send(std::string_view(input.bytes).substr(0, cut));
      client.send(std::string_view(input.bytes).substr(cut));
      const auto answer = client.answer();
      REQUIRE(answer);
      REQUIRE(answer->status == 200);
      REQUIRE(answer->body == input.body);
    }
  }
}

TEST_CASE("Pipelined requests are answered in order") {
  EchoServer echo;
  auto client = echo.client();
  std::string requests;
  for (int i = 0; i < 1'000; ++i) {
    requests += i % 2 == 0 ? get("/echo/" + std::to_string(i)) : post("/echo", std::to_string(i));
  }
  client.send(requests);
  for (int i = 0; i < 1'000; ++i) {
    const auto answer = client.answer();
    REQUIRE(answer);
    REQUIRE(answer->body == std::to_string(i));
  }
}

TEST_CASE("A client that waits to be told to continue is told") {
  EchoServer echo;
  auto client = echo.client();
  client.send(testing::framed("Expect: 100-continue\r\nContent-Length: 2\r\n", ""));
  CHECK(client.answer()->status == 100);
  CHECK(client.ask("{}")->body == "{}");
}

TEST_CASE("A client of HTTP/1.0, or one that wants to, is answered and closed") {
  EchoServer echo;
  for (const char* request : {"GET /echo/a HTTP/1.0\r\n\r\n",
                              "GET /echo/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"}) {
    auto client = echo.client();
    const auto answer = client.ask(request);
    REQUIRE(answer);
    CHECK(answer->body == "a");
    CHECK(answer->headers.at("connection") == "close");
    CHECK(client.ends());
  }
}
