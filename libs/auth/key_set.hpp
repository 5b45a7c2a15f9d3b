#pragma once

#include <memory>
#include <optional>
#include <string>

#include "auth/jws.hpp"

namespace auth {

/// The issuer's public keys (JWKS, RFC 7517), fetched from `url` and cached. Refreshed every five
/// minutes in the background and at once, but at most every ten seconds, for an unknown kid; keys
/// that were fetched stay usable for an hour while the issuer is away. Shared by threads.
class KeySet {
 public:
  explicit KeySet(std::string url);
  ~KeySet();

  std::optional<Key> find(const std::string& key_id);
  /// True once keys were fetched and are not older than an hour: readiness.
  bool ready() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace auth
