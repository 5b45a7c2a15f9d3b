#include "vocabulary/result.hpp"

#include <string>

#include <catch2/catch.hpp>

using vocabulary::Result;

TEST_CASE("A result is either its value or its reason") {
  const Result<std::string, int> value(std::string("value"));
  REQUIRE(value);
  CHECK(value.has_value());
  CHECK(*value == "value");
  CHECK(value->size() == 5);

  const Result<std::string, int> reason(7);
  REQUIRE_FALSE(reason);
  CHECK(reason.error() == 7);
}
