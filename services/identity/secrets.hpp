#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace identity {

/// What the master key protects in the database. Immutable, shared by threads.
class Secrets {
 public:
  /// nullopt unless `master_key` is 64 hex digits.
  static std::optional<Secrets> parse(std::string_view master_key);

  /// `plain` encrypted and authenticated, as text. It opens only for the same `purpose`, which says
  /// what it is and whose, so that rows cannot be exchanged.
  std::string seal(std::string_view plain, std::string_view purpose) const;
  std::optional<std::string> open(std::string_view sealed, std::string_view purpose) const;

  /// A keyed hash: what is short enough to be guessed, such as a code, cannot be found from it
  /// without the master key.
  std::string fingerprint(std::string_view code, std::string_view purpose) const;

 private:
  using Key = std::array<std::uint8_t, 32>;

  Secrets(const Key& sealing_key, const Key& hashing_key)
      : sealing_key_(sealing_key), hashing_key_(hashing_key) {}

  Key sealing_key_;
  Key hashing_key_;
};

/// `count` random decimal digits.
std::string random_digits(int count);

/// A recovery code as people write it down: "k3v7q-x2m9p", 50 random bits.
std::string random_recovery_code();

}  // namespace identity
