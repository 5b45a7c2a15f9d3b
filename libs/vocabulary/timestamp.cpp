#include "vocabulary/timestamp.hpp"

#include <cstdio>

namespace vocabulary {

using namespace std::chrono;

Timestamp now() {
  return floor<milliseconds>(system_clock::now());
}

std::string to_text(Timestamp timestamp) {
  const auto day = floor<days>(timestamp);
  const year_month_day date{day};
  const hh_mm_ss time(timestamp - day);
  char text[96];  // room for any value of the fields' types, though a date needs 24 characters
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(time.hours().count()),
                int(time.minutes().count()), int(time.seconds().count()),
                int(time.subseconds().count()));
  return text;
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  int y = 0, h = 0, min = 0, s = 0, ms = 0, consumed = 0;
  unsigned m = 0, d = 0;
  const std::string copy(text);
  std::sscanf(copy.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d.%3dZ%n", &y, &m, &d, &h, &min, &s, &ms,
              &consumed);
  const year_month_day date{year{y}, month{m}, day{d}};
  if (consumed != int(text.size()) || !date.ok()) return std::nullopt;
  const Timestamp parsed = sys_days(date) + hours(h) + minutes(min) + seconds(s) + milliseconds(ms);
  if (to_text(parsed) != text) return std::nullopt;  // 24:61:61 does not survive the round trip
  return parsed;
}

std::int64_t to_unix(Timestamp timestamp) {
  return timestamp.time_since_epoch().count();
}

Timestamp from_unix(std::int64_t milliseconds_since_epoch) {
  return Timestamp(milliseconds(milliseconds_since_epoch));
}

}  // namespace vocabulary
