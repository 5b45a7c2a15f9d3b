#include "web/framing.hpp"

#include <catch2/catch.hpp>

#include "unit/web/framing_corpus.hpp"

using testing::accepted_inputs;
using testing::refused_inputs;
using web::Framer;
using web::Method;

namespace {

constexpr std::size_t body_max = 64 * 1024;

Framer new_framer() {
  return Framer({}, [](Method, std::string_view) { return body_max; });
}

int refused_status(const Framer& framer) {
  return framer.state() == Framer::State::refused ? framer.refusal().type->status : 0;
}

// Cuts where they can matter, without trying every place within a long run of one character.
bool is_worth_cutting(const std::string& bytes, std::size_t position) {
  return position < 8 || position + 8 > bytes.size() || position % 1024 == 0 ||
         bytes[position] != bytes[position - 1] || bytes[position] != bytes[position - 2];
}

}  // namespace

TEST_CASE("What is ambiguous, malformed or too large is refused, wherever it is cut in two") {
  for (const auto& input : refused_inputs()) {
    INFO(input.why);
    std::optional<std::size_t> consumed;
    for (std::size_t cut = 1; cut < input.bytes.size(); ++cut) {
      if (cut > 400 && !is_worth_cutting(input.bytes, cut)) continue;
      INFO("cut at " << cut);
      auto framer = new_framer();
      auto used = framer.feed(std::string_view(input.bytes).substr(0, cut));
      if (framer.state() != Framer::State::refused) {
        REQUIRE(framer.state() != Framer::State::complete);
        used += framer.feed(std::string_view(input.bytes).substr(cut));
      }
      REQUIRE(refused_status(framer) == input.status);
      REQUIRE(used == consumed.value_or(used));
      consumed = used;
    }
  }
}

TEST_CASE("A framer that refused takes nothing more") {
  auto framer = new_framer();
  framer.feed("GET /\n");
  REQUIRE(framer.state() == Framer::State::refused);
  CHECK(framer.feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n") == 0);
  CHECK(framer.state() == Framer::State::refused);
}

TEST_CASE("A well-formed request is read the same wherever it is cut in two") {
  for (const auto& input : accepted_inputs()) {
    INFO(input.why);
    for (std::size_t cut = 0; cut < input.bytes.size(); ++cut) {
      if (cut > 400 && !is_worth_cutting(input.bytes, cut)) continue;
      INFO("cut at " << cut);
      auto framer = new_framer();
      const std::string_view bytes = input.bytes;
      REQUIRE(framer.feed(bytes.substr(0, cut)) == cut);
      REQUIRE(framer.feed(bytes.substr(cut)) == bytes.size() - cut);
      REQUIRE(framer.state() == Framer::State::complete);
      const auto framed = framer.take();
      REQUIRE(framed.request.method == Method::post);
      REQUIRE(framed.request.path == "/echo");
      REQUIRE(framed.request.body == input.body);
      REQUIRE(framed.keep_alive);
      REQUIRE(framer.state() == Framer::State::idle);
    }
  }
}

TEST_CASE("A well-formed request is read byte by byte") {
  for (const auto& input : accepted_inputs()) {
    INFO(input.why);
    auto framer = new_framer();
    for (const char byte : input.bytes) framer.feed({&byte, 1});
    REQUIRE(framer.state() == Framer::State::complete);
    REQUIRE(framer.take().request.body == input.body);
  }
}

TEST_CASE("Pipelined requests are taken one by one") {
  auto framer = new_framer();
  std::string bytes;
  for (const auto& input : accepted_inputs()) bytes += input.bytes;
  std::string_view rest = bytes;
  for (const auto& input : accepted_inputs()) {
    rest.remove_prefix(framer.feed(rest));
    REQUIRE(framer.state() == Framer::State::complete);
    REQUIRE(framer.take().request.body == input.body);
  }
  CHECK(rest.empty());
}

TEST_CASE("A framed request has its method, path, query and headers by lower-case name") {
  auto framer = new_framer();
  framer.feed("PATCH /a/b?c=d&e HTTP/1.1\r\nHost: x\r\nX-Name:  some value \r\nX-Name: 2\r\n\r\n");
  REQUIRE(framer.state() == Framer::State::complete);
  const auto framed = framer.take();
  CHECK(framed.request.method == Method::patch);
  CHECK(framed.request.path == "/a/b");
  CHECK(framed.query == "c=d&e");
  REQUIRE(framed.request.header("x-name") != nullptr);
  CHECK(*framed.request.header("x-name") == "some value");
  CHECK(framed.request.header("X-Name") == nullptr);
  CHECK(framed.request.headers.size() == 3);
}

TEST_CASE("The limit of a body is the route's own") {
  Framer framer({}, [](Method method, std::string_view path) -> std::size_t {
    return method == Method::post && path == "/large" ? 100'000 : 10;
  });
  framer.feed("POST /large?x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  CHECK(framer.state() == Framer::State::body);
  Framer small({}, [](Method, std::string_view) -> std::size_t { return 10; });
  small.feed("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n");
  CHECK(refused_status(small) == 413);
}

TEST_CASE("A connection is kept unless the client or HTTP/1.0 ends it") {
  const auto [bytes, kept] = GENERATE(table<std::string, bool>({
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", false},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: TE, close\r\n\r\n", false},
      {"GET / HTTP/1.0\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false},
  }));
  auto framer = new_framer();
  framer.feed(bytes);
  REQUIRE(framer.state() == Framer::State::complete);
  CHECK(framer.take().keep_alive == kept);
}

TEST_CASE("Only a client of HTTP/1.1 that has a body to send is told to continue, and once") {
  const auto [bytes, told] = GENERATE(table<std::string, bool>({
      {"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", true},
      {"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n",
       true},
      {"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", false},
      {"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", false},
  }));
  auto framer = new_framer();
  framer.feed(bytes);
  CHECK(framer.take_expectation() == told);
  CHECK_FALSE(framer.take_expectation());
}

TEST_CASE("An answer without content has no length") {
  const auto bytes = web::to_bytes({204, "", ""}, "request-1", true);
  CHECK(bytes.find("Content-Length") == std::string::npos);
  CHECK(bytes.starts_with("HTTP/1.1 204 No Content\r\n"));
  CHECK(bytes.ends_with("\r\n\r\n"));
}

TEST_CASE("An answer replaces a header every answer carries by its own") {
  const auto bytes = web::to_bytes(
      web::Response{200, "application/json", "{}"}.with("cache-control", "max-age=60"), "request-1",
      true);
  CHECK(bytes.find("no-store") == std::string::npos);
  CHECK(bytes.find("cache-control: max-age=60\r\n") != std::string::npos);
}

TEST_CASE("A header that would forge another is none") {
  CHECK(web::is_header("Location", "/a"));
  CHECK_FALSE(web::is_header("Location", "/a\r\nSet-Cookie: b"));
  CHECK_FALSE(web::is_header("Location: a", "b"));
  CHECK_FALSE(web::is_header("", "b"));
}
