#pragma once

#include <cstdint>
#include <optional>
#include <string>

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

/// Whether `membership` makes `account` a member of `organization` now. Checks all three, so that a
/// row fetched by mistake grants nothing.
bool makes_member(const std::optional<Membership>& membership, const AccountId& account,
                  const OrganizationId& organization);

/// The same for a Security Official.
bool makes_security_official(const std::optional<Membership>& membership, const AccountId& account,
                             const OrganizationId& organization);

/// Removes a member. `remover` is the membership, if any, that the removing person holds there.
/// Standing is judged before state: a stranger does not learn whether the membership exists.
Result<Membership, Refusal> remove(Membership membership, const Removal& removal,
                                   const std::optional<Membership>& remover);

}  // namespace membership
