#include "identity/domain/signing_key.hpp"

namespace identity {

std::optional<std::size_t> find_signing_key(const std::vector<Timestamp>& sign_from,
                                            Timestamp now) {
  std::optional<std::size_t> latest;
  for (std::size_t key = 0; key < sign_from.size() && sign_from[key] <= now; ++key) latest = key;
  return latest;
}

std::size_t first_published_key(const std::vector<Timestamp>& sign_from,
                                const KeyRotation& rotation, Timestamp now) {
  std::size_t first = 0;
  while (first + 1 < sign_from.size() && sign_from[first + 1] + rotation.published_after <= now) {
    ++first;
  }
  return first;
}

}  // namespace identity
