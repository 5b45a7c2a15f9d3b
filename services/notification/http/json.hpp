#pragma once

#include <nlohmann/json_fwd.hpp>

#include "notification/domain/email.hpp"
#include "notification/domain/notification.hpp"
#include "notification/domain/support_contact.hpp"

namespace notification {

/// The Notification schema of openapi.yaml.
void to_json(nlohmann::json& json, const Notification& notification);
/// The SupportContact schema.
void to_json(nlohmann::json& json, const SupportContact& contact);
/// An item of GET /internal/v1/parked-emails.
void to_json(nlohmann::json& json, const ParkedEmail& email);

}  // namespace notification
