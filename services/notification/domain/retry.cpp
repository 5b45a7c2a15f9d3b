#include "notification/domain/retry.hpp"

#include <algorithm>

namespace notification {

std::chrono::milliseconds wait_after(int attempts, double jitter, const RetryPolicy& policy) {
  auto wait = policy.first;
  for (int i = 1; i < attempts && wait < policy.longest; ++i) wait *= 2;
  wait = std::min(wait, policy.longest);
  return std::chrono::duration_cast<std::chrono::milliseconds>(wait * (0.5 + jitter / 2));
}

}  // namespace notification
