#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "membership/domain/details.hpp"
#include "membership/domain/membership.hpp"
#include "membership/domain/membership_change.hpp"
#include "membership/refused.hpp"
#include "membership/storage/store.hpp"

namespace membership {

/// The membership, for the member while it lasts and for the organization's Security Officials.
struct MembershipView {
  MembershipDetails details;
  std::optional<Role> viewer_role;
};
Outcome<MembershipView> get_membership(Store& store, const MembershipId& id,
                                       const AccountId& viewer);

/// Gives a role in a locked organization: adds `wanted`, or changes the role of the membership that
/// its member holds there. nullopt, and nothing written, when that would take the last Security
/// Official.
std::optional<MembershipChange> grant(Store& store, const Membership& wanted);

/// Makes somebody who is none Security Official of a locked organization, and ends what they asked
/// for there.
MembershipId make_security_official(Store& store, const Act& act, const AccountId& account,
                                    const OrganizationId& organization);

/// The same, and tells them and the other Security Officials. `granted_by` is nobody where they
/// proved it.
MembershipDetails appoint_security_official(Store& store, const Act& act, const AccountId& account,
                                            const OrganizationId& organization,
                                            const std::optional<AccountId>& granted_by,
                                            const std::optional<std::string>& reason);

/// A removed membership, and the organization as its remover sees it afterwards.
struct RemovedMembership {
  MembershipDetails details;
  OrganizationCard organization;
};
/// Ends the membership at once, with its pending role request, and queues the notices.
Outcome<RemovedMembership> remove_membership(Store& store, const Act& act, const MembershipId& id,
                                             const Removal& removal,
                                             std::optional<std::int64_t> expected_version);

}  // namespace membership
