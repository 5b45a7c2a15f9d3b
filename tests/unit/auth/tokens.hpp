#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "auth/encoding.hpp"
#include "auth/jws.hpp"

/// What the tests of tokens share: one issuer, one audience, one instant.
namespace tokens {

inline const vocabulary::Timestamp now = vocabulary::from_unix(1'800'000'000'000);
inline constexpr std::int64_t now_seconds = 1'800'000'000;
inline const auth::Expected expected = {"at+jwt", "https://issuer.example", "countersign"};
inline const char* const account_id = "01890a5d-ac96-774b-bcce-b302099a8057";

inline nlohmann::json good_claims() {
  return {{"iss", expected.issuer}, {"aud", expected.audience}, {"sub", account_id},
          {"sid", "session"},       {"exp", now_seconds + 600}, {"iat", now_seconds}};
}

inline nlohmann::json good_header(const auth::Key& key) {
  return {{"alg", "ES256"}, {"kid", key.id()}, {"typ", "at+jwt"}};
}

/// A token of exactly these texts, well signed: what is odd about it is in the texts.
inline std::string forge(const auth::Key& key, const std::string& header,
                         const std::string& claims) {
  const std::string signed_part = auth::to_base64url(header) + "." + auth::to_base64url(claims);
  return signed_part + "." + auth::to_base64url(key.sign(signed_part));
}

inline auto only(const auth::Key& key) {
  return [key](const std::string& key_id) {
    return key_id == key.id() ? std::optional(key) : std::nullopt;
  };
}

}  // namespace tokens
