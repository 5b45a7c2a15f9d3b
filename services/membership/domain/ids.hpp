#pragma once

#include "vocabulary/id.hpp"

namespace membership {

using vocabulary::AccountId;
using OrganizationId = vocabulary::Id<struct Organization>;
using RoleRequestId = vocabulary::Id<struct RoleRequest>;
using MembershipId = vocabulary::Id<struct Membership>;
using ProposalId = vocabulary::Id<struct Proposal>;

}  // namespace membership
