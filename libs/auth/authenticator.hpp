#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/jws.hpp"
#include "auth/principal.hpp"

namespace auth {

/// The principal an access token proves, or nullopt. Claims of a person: sub, sid, acr ("totp" or
/// "email"); of a service: sub = client id, scope. Tokens verified once are remembered by their
/// SHA-256 until they expire (bounded). Shared by threads.
class Authenticator {
 public:
  using FindKey = std::function<std::optional<Key>(const std::string& key_id)>;

  Authenticator(Expected expected, FindKey find_key, vocabulary::Clock clock = vocabulary::now);
  ~Authenticator();

  std::optional<Principal> operator()(std::string_view token) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// The claims both kinds of access token carry besides sub: the inverse of Authenticator.
nlohmann::json access_claims(const Principal& principal, const std::string& issuer,
                             const std::string& audience, vocabulary::Timestamp issued_at,
                             std::chrono::seconds lifetime);

}  // namespace auth
