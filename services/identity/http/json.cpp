#include "identity/http/json.hpp"

#include <nlohmann/json.hpp>

namespace identity {

void to_json(nlohmann::json& json, const Account& account) {
  json = {{"id", account.id.text()},
          {"userId", account.user_id.text()},
          {"name", account.name},
          {"emailAddress", account.email_address.text()},
          {"emailVerified", account.email_verified_at.has_value()},
          {"totpEnrolled", account.totp_enrolled()},
          {"recoveryCodesLeft", account.recovery_codes_left},
          {"createdAt", vocabulary::to_text(account.created_at)}};
}

void to_json(nlohmann::json& json, const AccountEvent& event) {
  json = {{"id", event.id.text()},
          {"kind", to_text(event.kind)},
          {"occurredAt", vocabulary::to_text(event.occurred_at)},
          {"sourceAddress", event.source_address}};
}

void to_json(nlohmann::json& json, const Session& session) {
  json = {{"id", session.id.text()},
          {"createdAt", vocabulary::to_text(session.created_at)},
          {"lastUsedAt", vocabulary::to_text(session.last_used_at)},
          {"expiresAt", vocabulary::to_text(session.expires_at)},
          {"assurance", to_text(session.assurance)},
          {"sourceAddress", session.source_address}};
}

void to_json(nlohmann::json& json, const Tokens& tokens) {
  json = {{"accessToken", tokens.access_token},     {"tokenType", "Bearer"},
          {"expiresIn", tokens.expires_in.count()}, {"refreshToken", tokens.refresh_token},
          {"sessionId", tokens.session.text()},     {"assurance", to_text(tokens.assurance)}};
}

}  // namespace identity
