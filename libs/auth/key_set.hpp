#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "auth/jws.hpp"

namespace auth {

/// How often a KeySet asks the issuer.
struct KeySetPace {
  std::chrono::milliseconds refresh = std::chrono::minutes(5);
  std::chrono::milliseconds retry = std::chrono::seconds(10);  // for an unknown kid, or a failure
  std::chrono::milliseconds first_retry = std::chrono::milliseconds(250);  // until the first answer
  std::chrono::milliseconds usable = std::chrono::hours(1);                // while it is away
};

/// The issuer's public keys (JWKS, RFC 7517), fetched from `url` and cached. Refreshed every five
/// minutes in the background and at once, but at most every ten seconds, for an unknown kid; keys
/// that were fetched stay usable for an hour while the issuer is away. Shared by threads.
class KeySet {
 public:
  explicit KeySet(std::string url, KeySetPace pace = {});
  ~KeySet();

  /// Waits for one fetch, at most a second, when the kid is unknown and a fetch is allowed.
  std::optional<Key> find(const std::string& key_id);
  /// True once keys were fetched and are not older than an hour: readiness.
  bool ready() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace auth
