#include "notification/domain/retry.hpp"

#include <catch2/catch.hpp>

using notification::RetryPolicy;
using notification::wait_after;
using std::chrono::milliseconds;

TEST_CASE("Waits double up to the longest, and are spread over their second half") {
  const RetryPolicy policy{.first = milliseconds(1'000), .longest = milliseconds(10'000)};

  CHECK(wait_after(1, 1.0, policy) == milliseconds(1'000));
  CHECK(wait_after(1, 0.0, policy) == milliseconds(500));
  CHECK(wait_after(3, 1.0, policy) == milliseconds(4'000));
  CHECK(wait_after(5, 1.0, policy) == milliseconds(10'000));
  CHECK(wait_after(1'000'000, 0.5, policy) == milliseconds(7'500));
}
