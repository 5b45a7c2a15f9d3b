#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "membership/domain/ids.hpp"
#include "membership/domain/refusal.hpp"
#include "membership/domain/role.hpp"
#include "vocabulary/result.hpp"
#include "vocabulary/timestamp.hpp"

namespace membership {

using vocabulary::Result;
using vocabulary::Timestamp;

struct Removal {
  AccountId removed_by;
  Timestamp removed_at;
  std::optional<std::string> reason;

  bool operator==(const Removal&) const = default;
};

/// One person's role at one organization. Kept after removal, as the record of who had access when.
struct Membership {
  MembershipId id;
  AccountId member;
  OrganizationId organization;
  Role role;
  Timestamp granted_at;
  std::optional<Removal> removal;
  std::int64_t version = 1;

  bool operator==(const Membership&) const = default;
};

/// The role that `membership` gives `account` at `organization` now. Checks all three, so that a
/// row fetched by mistake grants nothing.
std::optional<Role> role_at(const std::optional<Membership>& membership, const AccountId& account,
                            const OrganizationId& organization);

/// Whether `membership` makes `account` a member of `organization` now.
bool makes_member(const std::optional<Membership>& membership, const AccountId& account,
                  const OrganizationId& organization);

/// The same for a Security Official.
bool makes_security_official(const std::optional<Membership>& membership, const AccountId& account,
                             const OrganizationId& organization);

enum class MembershipAction { remove };

/// The one spelling of each, in JSON.
std::string_view to_text(MembershipAction action);

/// Why `remover`, who holds the role `held` there, may not remove the member.
std::optional<Refusal> refuse_removal(const Membership& membership, const AccountId& remover,
                                      std::optional<Role> held);

/// What `viewer`, who holds the role `held` there, may do with the membership.
std::vector<MembershipAction> allowed_actions(const Membership& membership, const AccountId& viewer,
                                              std::optional<Role> held);

/// Removes a member. `remover` is the membership, if any, that the removing person holds there.
/// Standing is judged before state: a stranger does not learn whether the membership exists.
Result<Membership, Refusal> remove(Membership membership, const Removal& removal,
                                   const std::optional<Membership>& remover);

}  // namespace membership
