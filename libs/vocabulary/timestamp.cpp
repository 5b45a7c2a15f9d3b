#include "vocabulary/timestamp.hpp"

#include <cstddef>
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
  std::string text = "0000-00-00T00:00:00.000Z";
  // Not by printf, which takes longer than all else in a small answer.
  const auto put = [&text](std::size_t first, std::size_t end, auto number) {
    for (; end > first && number > 0; number /= 10) {
      text[--end] = static_cast<char>('0' + number % 10);
    }
  };
  put(0, 4, int(date.year()));
  put(5, 7, unsigned(date.month()));
  put(8, 10, unsigned(date.day()));
  put(11, 13, time.hours().count());
  put(14, 16, time.minutes().count());
  put(17, 19, time.seconds().count());
  put(20, 23, time.subseconds().count());
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
