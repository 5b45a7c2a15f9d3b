#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vocabulary {

/// UTC, to the millisecond.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// Where a service takes the time from; tests pass their own.
using Clock = std::function<Timestamp()>;

/// The system's clock.
Timestamp now();

/// RFC 3339 in UTC with milliseconds, for example "2026-02-03T04:05:06.789Z".
std::string to_text(Timestamp timestamp);

/// The inverse of to_text; nothing else is accepted.
std::optional<Timestamp> parse_timestamp(std::string_view text);

/// Unix milliseconds, as databases hold instants.
std::int64_t to_unix(Timestamp timestamp);
Timestamp from_unix(std::int64_t milliseconds);

}  // namespace vocabulary
