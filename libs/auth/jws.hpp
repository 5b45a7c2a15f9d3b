#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "vocabulary/timestamp.hpp"

namespace auth {

/// One ES256 key (RFC 7518, 3.4). The key fixes the algorithm; a token's header may only agree.
/// Copies share the key. Usable from any thread.
class Key {
 public:
  static Key generate();
  /// A PKCS#8 private or SPKI public key in PEM; nullopt when it is not P-256.
  static std::optional<Key> from_pem(const std::string& pem);
  /// nullopt unless it is a public EC P-256 key; use, alg and kid may be absent, but not anything
  /// else than "sig", "ES256" and the thumbprint.
  static std::optional<Key> from_jwk(const nlohmann::json& jwk);

  std::string to_private_pem() const;
  nlohmann::json to_public_jwk() const;  // kty, crv, x, y, use, alg, kid
  /// RFC 7638 thumbprint, base64url.
  const std::string& id() const { return id_; }

  std::string sign(std::string_view bytes) const;  // r||s, 64 bytes
  bool verify(std::string_view bytes, std::string_view signature) const;

 private:
  explicit Key(std::shared_ptr<void> key);

  std::shared_ptr<void> key_;  // EVP_PKEY
  std::string id_;
};

/// A compact JWS of `claims` with header {alg, kid, typ}.
std::string sign_token(const Key& key, std::string_view type, const nlohmann::json& claims);

/// What a token must be besides correctly signed.
struct Expected {
  std::string type;      // header typ: "at+jwt" for access tokens (RFC 9068)
  std::string issuer;    // claim iss, exactly
  std::string audience;  // claim aud, exactly, or one of an array
};

/// The claims, or nullopt for anything odd: over 8 KiB, not three canonical base64url parts,
/// duplicate names, unknown kid, other alg or typ, "crit", bad signature, missing or passed exp or
/// nbf in the future (30 s leeway on both), other iss or aud. `find_key` gives the key of a kid.
std::optional<nlohmann::json> verify_token(
    std::string_view token, const Expected& expected,
    const std::function<std::optional<Key>(const std::string& key_id)>& find_key,
    vocabulary::Timestamp now);

}  // namespace auth
