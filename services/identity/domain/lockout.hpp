#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "identity/domain/ids.hpp"

namespace identity {

/// So many wrong tries within `window` lock for `duration`.
struct LockoutPolicy {
  std::int64_t tries_max = 5;
  std::chrono::milliseconds window = std::chrono::minutes(120);
  std::chrono::milliseconds duration = std::chrono::minutes(60);
};

/// The recent tries at one account or from one source address. A try is reserved before it is
/// verified, so that tries at the same time cannot outrun the count.
struct Tries {
  std::int64_t reserved = 0;  // within the window: wrong, or still being verified
  std::int64_t wrong = 0;     // of these
  std::optional<Timestamp> locked_until = std::nullopt;
};

/// Whether one more try is verified at all.
bool may_try(const LockoutPolicy& policy, const Tries& tries, Timestamp now);

/// The end of the lock that the latest wrong try, counted in `tries`, has earned.
std::optional<Timestamp> earned_lock(const LockoutPolicy& policy, const Tries& tries,
                                     Timestamp now);

/// What tries are counted by: an IPv4 address, or the /64 network of an IPv6 address, since its
/// holder may use all of it.
std::string network_of(std::string_view source_address);

}  // namespace identity
