#pragma once

#include <chrono>

namespace notification {

struct RetryPolicy {
  std::chrono::milliseconds first{2'000};
  std::chrono::milliseconds longest{15 * 60'000};
};

/// How long to wait after the `attempts`th (1, 2, …) vain attempt: doubled each time, up to the
/// longest, and between half and all of that. `jitter` is drawn from [0, 1).
std::chrono::milliseconds wait_after(int attempts, double jitter, const RetryPolicy& policy);

}  // namespace notification
