#pragma once

#include "vocabulary/id.hpp"

namespace notification {

using vocabulary::AccountId;
using OrganizationId = vocabulary::Id<struct Organization>;
using RoleRequestId = vocabulary::Id<struct RoleRequest>;
using MembershipId = vocabulary::Id<struct Membership>;
using NotificationId = vocabulary::Id<struct Notification>;
using EmailId = vocabulary::Id<struct Email>;

}  // namespace notification
