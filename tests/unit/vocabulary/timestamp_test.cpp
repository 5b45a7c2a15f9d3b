#include "vocabulary/timestamp.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace vocabulary;

TEST_CASE("An instant is written as RFC 3339 in UTC with milliseconds, and read back") {
  const std::pair<std::int64_t, const char*> instants[] = {
      {0, "1970-01-01T00:00:00.000Z"},
      {1, "1970-01-01T00:00:00.001Z"},
      {-1, "1969-12-31T23:59:59.999Z"},
      {951'782'400'000, "2000-02-29T00:00:00.000Z"},
      {1'770'091'506'789, "2026-02-03T04:05:06.789Z"},
      {253'402'300'799'999, "9999-12-31T23:59:59.999Z"},
  };
  for (const auto& [milliseconds, text] : instants) {
    CHECK(to_text(from_unix(milliseconds)) == text);
    REQUIRE(parse_timestamp(text));
    CHECK(to_unix(*parse_timestamp(text)) == milliseconds);
  }
}

TEST_CASE("Nothing else is an instant") {
  for (const char* text : {"",
                           "2026-02-03",
                           "2026-02-03T04:05:06Z",
                           "2026-02-03T04:05:06.78Z",
                           "2026-02-03T04:05:06.7890Z",
                           "2026-02-03T04:05:06.789",
                           "2026-02-03T04:05:06.789z",
                           "2026-02-03t04:05:06.789Z",
                           "2026-02-03 04:05:06.789Z",
                           "2026-02-03T04:05:06.789+00:00",
                           "2026-02-30T04:05:06.789Z",
                           "2025-02-29T00:00:00.000Z",
                           "2026-13-03T04:05:06.789Z",
                           "2026-02-03T24:00:00.000Z",
                           "2026-02-03T04:60:06.789Z",
                           "2026-02-03T04:05:60.000Z",
                           "26-02-03T04:05:06.789Z",
                           "+2026-02-03T04:05:06.789Z",
                           "2026-2-3T4:5:6.789Z",
                           " 2026-02-03T04:05:06.789Z",
                           "2026-02-03T04:05:06.789Z ",
                           "2026-02-03T04:05:06,789Z",
                           "2026-02-03T-4:05:06.789Z",
                           "1770091506789"}) {
    INFO(text);
    CHECK_FALSE(parse_timestamp(text));
  }
  CHECK_FALSE(parse_timestamp(std::string_view("2026-02-03T04:05:06.789Z\0", 25)));
}
