#include "identity/domain/lockout.hpp"

#include <catch2/catch.hpp>

using namespace identity;
using namespace std::chrono_literals;

namespace {

const Timestamp monday = vocabulary::parse_timestamp("2026-02-02T09:00:00.000Z").value();
const LockoutPolicy policy;

}  // namespace

TEST_CASE("Five tries are verified, the sixth is not") {
  for (const std::int64_t earlier : {0, 1, 2, 3, 4}) {
    CHECK(may_try(policy, {.reserved = earlier, .wrong = earlier}, monday));
  }
  CHECK_FALSE(may_try(policy, {.reserved = 5, .wrong = 5}, monday));
}

TEST_CASE("Tries that are still being verified count as if they were wrong") {
  CHECK_FALSE(may_try(policy, {.reserved = 5, .wrong = 0}, monday));
}

TEST_CASE("A lock refuses until its last millisecond") {
  const Tries locked{.locked_until = monday + 60min};
  CHECK_FALSE(may_try(policy, locked, monday));
  CHECK_FALSE(may_try(policy, locked, monday + 60min - 1ms));
  CHECK(may_try(policy, locked, monday + 60min));
}

TEST_CASE("The fifth wrong try locks for sixty minutes") {
  CHECK(earned_lock(policy, {.reserved = 5, .wrong = 4}, monday) == std::nullopt);
  CHECK(earned_lock(policy, {.reserved = 5, .wrong = 5}, monday) == monday + 60min);
}

TEST_CASE("Tries are counted by IPv4 address and by IPv6 network") {
  CHECK(network_of("192.0.2.7") == "192.0.2.7");
  CHECK(network_of("::ffff:192.0.2.7") == "192.0.2.7");
  CHECK(network_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
  CHECK(network_of("2001:db8:1:2::9") == network_of("2001:db8:1:2:ffff::1"));
  CHECK(network_of("2001:db8:1:3::9") != network_of("2001:db8:1:2::9"));
  CHECK(network_of("unknown") == "unknown");
}
