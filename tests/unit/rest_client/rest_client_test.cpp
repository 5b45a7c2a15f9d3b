#include "rest_client/rest_client.hpp"

#include <atomic>
#include <chrono>
#include <thread>

#include <catch2/catch.hpp>
#include <sys/socket.h>

#include "support/peer.hpp"

using namespace std::chrono_literals;
using rest_client::Client;
using rest_client::Unreachable;
using testing::Peer;
using testing::RawPeer;
using Steady = std::chrono::steady_clock;

namespace {

// Answers every request on every connection with the same bytes.
RawPeer peer_that_answers(std::string bytes) {
  return RawPeer([bytes = std::move(bytes)](int socket) {
    while (!testing::read_head(socket).empty()) testing::write_all(socket, bytes);
  });
}

}  // namespace

TEST_CASE("A call brings status, headers and body") {
  Peer peer([](const Peer::Request& request) {
    return Peer::Response{201, request.path + "|" + request.body + "|" + request.content_type +
                                   "|" + request.authorization};
  });
  Client client(peer.url());
  const auto answer = client.post("/v1/things?x=1", "{\"a\":1}", "application/json",
                                  {{"authorization", "Bearer token"}});
  CHECK(answer.status == 201);
  CHECK(answer.body == "/v1/things|{\"a\":1}|application/json|Bearer token");
  CHECK(answer.header("content-type") == "application/json");
  CHECK(answer.header("x-none").empty());
  CHECK(client.get("/v1/things").status == 201);
}

TEST_CASE("A header or path that would forge another header is refused before anything is sent") {
  RawPeer peer = peer_that_answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  Client client(peer.url());
  const std::string bad = GENERATE(as<std::string>{}, "a\r\nX-Evil: 1", "a\nb", "a\rb",
                                   std::string("a\0b", 3), "a\x7f");
  CHECK_THROWS_AS(client.get("/", {{"x-actor", bad}}), std::invalid_argument);
  CHECK_THROWS_AS(client.get("/", {{"x-actor" + bad, "a"}}), std::invalid_argument);
  CHECK_THROWS_AS(client.get("/" + bad), std::invalid_argument);
  CHECK_THROWS_AS(client.post("/", "", bad), std::invalid_argument);
  CHECK_THROWS_AS(client.get("/a b"), std::invalid_argument);
  CHECK(peer.accepted() == 0);
}

TEST_CASE("A base URL is scheme, host and port") {
  CHECK_THROWS_AS(Client("127.0.0.1:80"), std::invalid_argument);
  CHECK_THROWS_AS(Client("http://host/path"), std::invalid_argument);
  CHECK_THROWS_AS(Client("http://user@host"), std::invalid_argument);
  CHECK_NOTHROW(Client("http://host:80/"));
}

TEST_CASE("Calls one after the other share a connection and do not wait for acknowledgements") {
  RawPeer peer([](int socket) {
    for (std::string head; !(head = testing::read_head(socket)).empty();) {
      char body = 0;
      while (body != '}') {
        if (::recv(socket, &body, 1, 0) != 1) return;
      }
      testing::write_all(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
  });
  Client client(peer.url());
  const auto begin = Steady::now();
  for (int i = 0; i < 100; ++i) CHECK(client.post("/", "{\"a\":1}", "text/plain").status == 200);
  CHECK(Steady::now() - begin < 2s);  // 4.4 s with the 44 ms that Nagle's algorithm costs
  CHECK(peer.accepted() == 1);
}

TEST_CASE("Calls of several threads run side by side") {
  Peer peer([](const Peer::Request& request) {
    std::this_thread::sleep_for(500ms);
    return Peer::Response{200, request.path};
  });
  Client client(peer.url());
  std::atomic<int> right = 0;
  const auto begin = Steady::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, path = "/" + std::to_string(i)] {
      if (client.get(path).body == path) ++right;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(right == 4);
  CHECK(Steady::now() - begin < 1500ms);
}

TEST_CASE("A peer that is away is unreachable") {
  std::string url;
  {
    url = RawPeer([](int) {}).url();
  }
  CHECK_THROWS_AS(Client(url).get("/"), Unreachable);
}

TEST_CASE("A peer that answers late, drips, or says nothing is unreachable after the deadline") {
  const std::string part = GENERATE("", "H", "HTTP/1.1 200 OK\r\n", "X-A: b\r\n",
                                    "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  RawPeer peer([part](int socket) {
    testing::read_head(socket);
    std::string next = part;
    if (part == "X-A: b\r\n") next = "HTTP/1.1 200 OK\r\n" + next;
    while (testing::write_all(socket, next)) {
      if (next.empty()) break;
      next = part.starts_with("X-A") ? part : "x";
      std::this_thread::sleep_for(20ms);
    }
    testing::read_head(socket);  // until the client has gone
  });
  Client client(peer.url(), {.deadline = 300ms});
  const auto begin = Steady::now();
  CHECK_THROWS_AS(client.get("/"), Unreachable);
  const auto took = Steady::now() - begin;
  CHECK(took >= 290ms);
  CHECK(took < 3s);
}

TEST_CASE("An answer that is cut short or is not HTTP is unreachable") {
  const auto bytes =
      GENERATE("", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
  RawPeer peer([bytes](int socket) {
    testing::read_head(socket);
    testing::write_all(socket, bytes);
  });
  Client client(peer.url(), {.deadline = 2s});
  CHECK_THROWS_AS(client.get("/"), Unreachable);
}

TEST_CASE("An answer of more than 8 MiB is not read to its end") {
  RawPeer peer([](int socket) {
    testing::read_head(socket);
    testing::write_all(socket, "HTTP/1.1 200 OK\r\n\r\n");
    const std::string megabyte(1 << 20, 'x');
    for (int i = 0; i < 1000 && testing::write_all(socket, megabyte); ++i) {
    }
  });
  CHECK_THROWS_AS(Client(peer.url()).get("/"), Unreachable);
}

TEST_CASE("A kept connection that the peer has closed meanwhile does not fail the next call") {
  RawPeer peer([](int socket) {
    testing::read_head(socket);
    testing::write_all(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  Client client(peer.url());
  for (int i = 0; i < 20; ++i) CHECK(client.get("/").status == 200);
  CHECK(peer.accepted() == 20);
}
