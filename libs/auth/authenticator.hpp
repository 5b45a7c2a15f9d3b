#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "auth/jws.hpp"
#include "auth/principal.hpp"

namespace auth {

/// The principal an access token proves, or nullopt. Claims of a person: sub = account id, sid, acr
/// ("totp", "recoveryCode" or "email"; only the first is strong); of a service: sub = client id,
/// scope; of a partner the same with client_id = sub. Tokens verified once are remembered by their
/// SHA-256 until they expire, at most `remembered_max` of them. Shared by threads.
class Authenticator {
 public:
  using FindKey = std::function<std::optional<Key>(const std::string& key_id)>;

  Authenticator(Expected expected, FindKey find_key, vocabulary::Clock clock = vocabulary::now,
                std::size_t remembered_max = 20'000);
  ~Authenticator();

  std::optional<Principal> operator()(std::string_view token) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// The claims of an access token for `principal`: the inverse of Authenticator. The acr of a person
/// who did not sign in with TOTP is "email"; the issuer overwrites it after a recovery code.
nlohmann::json access_claims(const Principal& principal, const std::string& issuer,
                             const std::string& audience, vocabulary::Timestamp issued_at,
                             std::chrono::seconds lifetime);

}  // namespace auth
