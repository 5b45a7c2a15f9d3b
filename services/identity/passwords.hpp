#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "identity/domain/ids.hpp"
#include "identity/domain/refusal.hpp"

namespace identity {

struct PasswordHashing {
  std::uint64_t passes = 2;  // Argon2id t
  std::size_t memory = std::size_t{19} * 1024 * 1024;
  int slots = 0;  // hashes at the same time; 0: one per core
  int queue_max = 8;
  std::chrono::milliseconds wait_max{2'000};
};

/// Hashes and verifies passwords by Argon2id, a few at a time: each hash costs a core and much
/// memory for some milliseconds, so the rest wait in a short queue and beyond it are refused with
/// too_many_password_hashes. Never called inside a transaction. Shared by threads.
class Passwords {
 public:
  explicit Passwords(PasswordHashing options = {});

  Result<std::string, Refusal> hash(std::string_view password);

  struct Verdict {
    bool right;
    bool outdated;  // right, and the stored hash is weaker than new ones are
  };
  /// Without a stored hash it costs the same and is never right: nobody learns from the time it
  /// takes whether there was anything to verify.
  Result<Verdict, Refusal> verify(const std::string* stored, std::string_view password);

  /// Since the start: all hashes computed, and those of them that could have been right.
  struct Counts {
    std::uint64_t hashes;
    std::uint64_t verifications;
  };
  Counts counts() const;

 private:
  class Slot;

  std::string compute(std::string_view password);

  PasswordHashing options_;
  std::string dummy_;

  mutable std::mutex mutex_;
  std::condition_variable slot_freed_;
  int free_slots_;
  int waiting_ = 0;
  Counts counts_{0, 0};
};

/// False for a stored hash that would cost more to verify than any of ours: it decides the cost.
bool is_affordable(const std::string& stored);

}  // namespace identity
