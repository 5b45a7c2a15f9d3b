#include "notification/http/json.hpp"

#include <optional>

#include <nlohmann/json.hpp>

namespace notification {

namespace {

nlohmann::json time_or_null(const std::optional<Timestamp>& at) {
  if (!at) return nullptr;
  return vocabulary::to_text(*at);
}

}  // namespace

void to_json(nlohmann::json& json, const Notification& notification) {
  nlohmann::json data = {{"organizationId", notification.organization.text()}};
  if (notification.role_request) data["roleRequestId"] = notification.role_request->text();
  if (notification.membership) data["membershipId"] = notification.membership->text();
  json = {{"id", notification.id.text()},
          {"kind", to_text(notification.kind)},
          {"createdAt", vocabulary::to_text(notification.created_at)},
          {"readAt", time_or_null(notification.read_at)},
          {"resolvedAt", time_or_null(notification.resolved_at)},
          {"title", notification.title},
          {"text", notification.text},
          {"data", std::move(data)}};
}

void to_json(nlohmann::json& json, const SupportContact& contact) {
  json = {{"phone", contact.phone},
          {"teletypewriter", contact.teletypewriter},
          {"emailAddress", contact.email_address},
          {"hours", contact.hours}};
}

void to_json(nlohmann::json& json, const ParkedEmail& email) {
  json = {{"id", email.id.text()},
          {"template", to_text(email.email_template)},
          {"accountId", email.recipient.text()},
          {"attempts", email.attempts},
          {"failure", email.failure},
          {"parkedAt", vocabulary::to_text(email.parked_at)}};
}

}  // namespace notification
