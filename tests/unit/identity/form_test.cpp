#include "identity/http/form.hpp"

#include <catch2/catch.hpp>

using namespace identity;
using Fields = std::map<std::string, std::string>;

TEST_CASE("A form is read with its encoding") {
  CHECK(parse_form("") == Fields{});
  CHECK(parse_form("grant_type=client_credentials&audience=a%2Fb+c") ==
        Fields{{"grant_type", "client_credentials"}, {"audience", "a/b c"}});
  CHECK(parse_form("a=") == Fields{{"a", ""}});
  CHECK(parse_form("a=1=2") == Fields{{"a", "1=2"}});
}

TEST_CASE("A form that is not well formed is refused") {
  for (const char* bad : {"a", "a=1&a=2", "a=%", "a=%2", "a=%zz", "a=%00", "a=%0a", "a=1&&b=2"}) {
    CAPTURE(bad);
    CHECK(parse_form(bad) == std::nullopt);
  }
}

TEST_CASE("Basic credentials are read as OAuth clients send them") {
  const auto plain = parse_basic_credentials("Basic bWVtYmVyc2hpcDpzM2NyZXQ=");
  REQUIRE(plain);
  CHECK(plain->user == "membership");
  CHECK(plain->password == "s3cret");
  const auto encoded = parse_basic_credentials("basic YSUzQWI6YyUyNWQ6ZQ==");  // a%3Ab:c%25d:e
  REQUIRE(encoded);
  CHECK(encoded->user == "a:b");
  CHECK(encoded->password == "c%d:e");
}

TEST_CASE("Other credentials are none") {
  for (const char* bad : {"", "Basic", "Basic ", "Bearer bWVtYmVyc2hpcDpzM2NyZXQ=", "Basic !!!!",
                          "Basic bWVtYmVyc2hpcA==", "Basic bWVtYmVyc2hpcDpzM2NyZXQ"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_basic_credentials(bad));
  }
}
