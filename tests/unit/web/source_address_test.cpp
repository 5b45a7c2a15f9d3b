#include "web/source_address.hpp"

#include <stdexcept>

#include <catch2/catch.hpp>

using web::TrustedProxies;

TEST_CASE("Without trusted proxies the peer is the source") {
  const TrustedProxies none({});
  CHECK(none.source_address("192.0.2.1", {"203.0.113.9"}) == "192.0.2.1");
  CHECK(none.source_address("::ffff:192.0.2.1", {}) == "192.0.2.1");
  CHECK(none.source_address("2001:db8::1", {}) == "2001:db8::1");
}

TEST_CASE("Behind trusted proxies the source is the last hop that is none") {
  const TrustedProxies proxies({"10.0.0.0/8", "2001:db8::5", "192.0.2.1"});
  CHECK(proxies.source_address("10.1.2.3", {"203.0.113.9"}) == "203.0.113.9");
  CHECK(proxies.source_address("::ffff:10.1.2.3", {"203.0.113.9"}) == "203.0.113.9");
  CHECK(proxies.source_address("192.0.2.1", {"198.51.100.7, 203.0.113.9, 10.9.9.9"}) ==
        "203.0.113.9");
  CHECK(proxies.source_address("2001:db8::5", {"198.51.100.7", "203.0.113.9", "10.0.0.1"}) ==
        "203.0.113.9");
  CHECK(proxies.source_address("2001:db8::6", {"203.0.113.9"}) == "2001:db8::6");
  CHECK(proxies.source_address("11.0.0.1", {"203.0.113.9"}) == "11.0.0.1");
}

TEST_CASE("A forged or malformed hop is not believed") {
  const TrustedProxies proxies({"10.0.0.1"});
  CHECK(proxies.source_address("10.0.0.1", {"'; DROP TABLE"}) == "10.0.0.1");
  CHECK(proxies.source_address("10.0.0.1", {"1.2.3.4, unknown"}) == "10.0.0.1");
  CHECK(proxies.source_address("10.0.0.1", {""}) == "10.0.0.1");
  CHECK(proxies.source_address("10.0.0.1", {}) == "10.0.0.1");
}

TEST_CASE("A setting that is neither address nor network is refused") {
  for (const char* text : {"", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "::/129"}) {
    INFO(text);
    CHECK_THROWS_AS(TrustedProxies({text}), std::invalid_argument);
  }
  CHECK_NOTHROW(TrustedProxies({"0.0.0.0/0", "::/0", "::1/128"}));
}
