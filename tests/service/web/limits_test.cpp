#include <algorithm>
#include <filesystem>

#include <catch2/catch.hpp>

#include "service/web/echo_server.hpp"
#include "unit/web/framing_corpus.hpp"

using testing::EchoServer;
using testing::eventually;
using testing::get;
using testing::post;
using testing::RawClient;
using namespace std::chrono_literals;

namespace {

web::ServerOptions impatient() {
  web::ServerOptions options;
  options.head_timeout = 300ms;
  options.body_timeout = 300ms;
  options.idle_timeout = 300ms;
  options.write_timeout = 300ms;
  return options;
}

// Sends a byte at a time until the server answers or ends, which must be soon.
std::optional<testing::RawAnswer> drip(RawClient& client, char byte) {
  for (int i = 0; i < 500; ++i) {
    client.send({&byte, 1});
    if (auto answer = client.answer(20ms)) return answer;
  }
  return std::nullopt;
}

// Of sockets only: the reactor itself keeps some others until the process ends.
std::ptrdiff_t open_sockets() {
  namespace fs = std::filesystem;
  const auto is_socket = [](const fs::directory_entry& entry) {
    std::error_code gone;
    return fs::read_symlink(entry, gone).string().starts_with("socket:");
  };
  return std::count_if(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator(),
                       is_socket);
}

}  // namespace

TEST_CASE("A slow head is answered 408 and closed, however it drips") {
  EchoServer echo(impatient());
  auto client = echo.client();
  client.send("GET /echo/a HTTP/1.1\r\nX-A: ");
  CHECK(drip(client, 'a')->status == 408);
  CHECK(client.ends());
}

TEST_CASE("A slow body is answered 408 and closed, however it drips") {
  EchoServer echo(impatient());
  auto client = echo.client();
  client.send(testing::framed("Content-Length: 60000\r\n", ""));
  CHECK(drip(client, 'a')->status == 408);
  CHECK(client.ends());
}

TEST_CASE("A slow second request is answered 408 and closed") {
  EchoServer echo(impatient());
  auto client = echo.client();
  CHECK(client.ask(get("/echo/a"))->status == 200);
  client.send("GET /ec");
  CHECK(client.answer()->status == 408);
  CHECK(client.ends());
}

TEST_CASE("A connection without a request is closed in time") {
  EchoServer echo(impatient());
  auto fresh = echo.client();
  auto used = echo.client();
  CHECK(used.ask(get("/echo/a"))->status == 200);
  CHECK(fresh.ends());
  CHECK(used.ends());
}

TEST_CASE("A request that takes long is not cut off by the time for idle connections") {
  EchoServer echo(impatient());
  auto waiting = echo.client();
  waiting.send(get("/wait"));
  REQUIRE(echo.gate.wait_for(1));
  auto idle = echo.client();
  CHECK(idle.ends());  // that time has passed
  echo.gate.open();
  CHECK(waiting.answer()->body == "waited");
}

TEST_CASE("A reader that does not read is closed in time, and nobody waits for it") {
  EchoServer echo(impatient());
  RawClient reader(echo.server.port(), 4'096);
  reader.send(get("/large/20000000"));
  CHECK(echo.serves());
  // Not the other way round: it may not be known as a connection yet.
  CHECK(eventually([&] { return echo.server.load().refused == 1; }));
  CHECK(eventually([&] { return echo.server.load().connections == 0; }));
  CHECK(echo.server.load().refused == 1);
}

TEST_CASE("A reader that reads slowly but steadily gets everything") {
  auto options = impatient();
  EchoServer echo(options);
  RawClient reader(echo.server.port(), 4'096);
  const auto answer = reader.ask(get("/large/8000000"));
  REQUIRE(answer);
  CHECK(answer->body.size() == 8'000'000);
}

TEST_CASE("Who pipelines large answers without reading them is not served more of them") {
  EchoServer echo(impatient());
  RawClient reader(echo.server.port(), 4'096);
  std::string requests;
  for (int i = 0; i < 500; ++i) requests += get("/large/20000000");
  reader.send(requests);  // 10 GB of answers, if they were all made
  CHECK(eventually([&] { return echo.server.load().connections == 0; }));
  CHECK(echo.serves());
}

TEST_CASE("Who sends without end while a request is answered is cut off") {
  EchoServer echo;
  auto client = echo.client();
  client.send(get("/wait"));
  REQUIRE(echo.gate.wait_for(1));
  bool open = true;
  for (int i = 0; open && i < 10'000; ++i) open = client.send(std::string(16'384, 'x'));
  CHECK_FALSE(open);
}

TEST_CASE("A full pool answers 503 with Retry-After at once, and recovers") {
  web::ServerOptions options;
  options.handler_threads = 2;
  options.queue_max = 2;
  EchoServer echo(options);
  std::vector<RawClient> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.push_back(echo.client());
    waiting.back().send(get("/wait"));
    if (i < 2) {
      REQUIRE(echo.gate.wait_for(i + 1));
    } else {
      REQUIRE(eventually([&] { return echo.server.load().requests_queued == std::size_t(i - 1); }));
    }
  }
  auto turned_away = echo.client();
  for (int i = 0; i < 3; ++i) {
    const auto answer = turned_away.ask(get("/echo/a"));
    REQUIRE(answer);
    CHECK(answer->status == 503);
    CHECK(answer->headers.at("retry-after") == "1");
    CHECK(answer->headers.at("content-type") == "application/problem+json");
  }
  std::string requests;
  for (int i = 0; i < 2'000; ++i) requests += get("/echo/a");
  turned_away.send(requests);
  for (int i = 0; i < 2'000; ++i) REQUIRE(turned_away.answer()->status == 503);
  echo.gate.open();
  for (auto& client : waiting) CHECK(client.answer()->body == "waited");
  CHECK(turned_away.ask(get("/echo/a"))->status == 200);
}

TEST_CASE("Connections beyond the limit are turned away, and there is room again when others end") {
  web::ServerOptions options;
  options.connections_max = 3;
  EchoServer echo(options);
  std::vector<RawClient> connected;
  for (int i = 0; i < 3; ++i) {
    connected.push_back(echo.client());
    REQUIRE(connected.back().ask(get("/echo/a"))->status == 200);
  }
  auto fourth = echo.client();
  const auto answer = fourth.answer();
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK(fourth.ends());
  connected.clear();
  CHECK(eventually([&] { return echo.server.load().connections == 0; }));
  CHECK(echo.serves());
}

TEST_CASE("A burst of connections is accepted without waiting for retransmissions") {
  EchoServer echo;
  const auto start = std::chrono::steady_clock::now();
  std::vector<RawClient> clients;
  for (int i = 0; i < 500; ++i) clients.push_back(echo.client());
  for (auto& client : clients) client.send(get("/echo/a"));
  for (auto& client : clients) REQUIRE(client.answer()->status == 200);
  CHECK(std::chrono::steady_clock::now() - start < 5s);
}

TEST_CASE("Draining answers what is in flight, closes what is idle and loses nothing") {
  EchoServer echo;
  auto idle = echo.client();
  REQUIRE(idle.ask(get("/echo/a"))->status == 200);
  auto waiting = echo.client();
  waiting.send(get("/wait"));
  auto half_sent = echo.client();
  half_sent.send("GET /echo/half HTTP/1.1\r\n");
  REQUIRE(echo.gate.wait_for(1));

  bool drained = false;
  std::thread draining([&] { drained = echo.server.drain(20s); });
  CHECK(idle.ends());
  CHECK(half_sent.ask("Host: a\r\n\r\n")->headers.at("connection") == "close");
  echo.gate.open();
  const auto answer = waiting.answer();
  REQUIRE(answer);
  CHECK(answer->body == "waited");
  CHECK(answer->headers.at("connection") == "close");
  draining.join();
  CHECK(drained);
}

TEST_CASE("Draining tells when it had to cut something off") {
  EchoServer echo;
  auto waiting = echo.client();
  waiting.send(get("/wait"));
  REQUIRE(echo.gate.wait_for(1));
  CHECK_FALSE(echo.server.drain(50ms));
}

TEST_CASE("A server that ends while clients are connected and sending leaves nothing open") {
  const auto before = open_sockets();
  for (int round = 0; round < 20; ++round) {
    std::vector<RawClient> clients;
    {
      EchoServer echo;
      for (int i = 0; i < 10; ++i) {
        clients.push_back(echo.client());
        REQUIRE(clients.back().ask(get("/echo/a")));
        clients.back().send(get(i % 2 == 0 ? "/echo/a" : "/large/3000000"));
      }
    }
    for (auto& client : clients) REQUIRE(client.ends());
  }
  CHECK(open_sockets() == before);
}
