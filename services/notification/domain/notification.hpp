#pragma once

#include <optional>
#include <string>

#include "notification/domain/telling.hpp"

namespace notification {

/// What one person was told in the application.
struct Notification {
  NotificationId id;
  NotificationKind kind;
  Timestamp created_at;
  std::optional<Timestamp> read_at;
  std::optional<Timestamp> resolved_at;  // nothing is to be done about it any more
  std::string title;
  std::string text;
  OrganizationId organization;
  std::optional<RoleRequestId> role_request;
  std::optional<MembershipId> membership;
};

}  // namespace notification
