#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "identity/domain/ids.hpp"

namespace identity {

/// How keys follow each other. A key is published this long before it signs, and stays published
/// that long after its successor began to sign: longer than any token lives.
struct KeyRotation {
  std::chrono::milliseconds published_before = std::chrono::minutes(15);
  std::chrono::milliseconds published_after = std::chrono::hours(1);
};

/// Of keys that begin to sign at these instants, in ascending order: the index of the one that
/// signs at `now`; nullopt when none has begun.
std::optional<std::size_t> find_signing_key(const std::vector<Timestamp>& sign_from, Timestamp now);

/// The index of the first key still published at `now`; all later ones are published too.
std::size_t first_published_key(const std::vector<Timestamp>& sign_from,
                                const KeyRotation& rotation, Timestamp now);

}  // namespace identity
