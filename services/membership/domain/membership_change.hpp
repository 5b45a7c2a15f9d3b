#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "membership/domain/ids.hpp"
#include "membership/domain/membership.hpp"
#include "membership/domain/role.hpp"
#include "vocabulary/timestamp.hpp"

namespace membership {

struct Granted {
  MembershipId id;
  AccountId member;
  Role role;
  Timestamp granted_at;

  bool operator==(const Granted&) const = default;
};

struct RoleChanged {
  MembershipId id;
  Role from;
  Role to;

  bool operator==(const RoleChanged&) const = default;
};

struct Removed {
  MembershipId id;
  AccountId removed_by;
  Timestamp removed_at;

  bool operator==(const Removed&) const = default;
};

/// What an act did to one membership, as the audit keeps it.
using MembershipChange = std::variant<Granted, RoleChanged, Removed>;

MembershipChange granting(const Membership& membership);
/// `removed` carries its removal.
MembershipChange removing(const Membership& removed);

/// The memberships of one organization, made again from what the audit says was done.
class MembershipReplay {
 public:
  explicit MembershipReplay(OrganizationId organization) : organization_(std::move(organization)) {}

  /// What is wrong with `change` when it cannot follow what was before; nothing is changed then.
  std::optional<std::string> apply(const MembershipChange& change);

  /// All that ever were, without versions and reasons, which the audit does not keep.
  const std::map<MembershipId, Membership>& memberships() const { return memberships_; }

 private:
  std::optional<std::string> apply_(const Granted& granted);
  std::optional<std::string> apply_(const RoleChanged& changed);
  std::optional<std::string> apply_(const Removed& removed);

  OrganizationId organization_;
  std::map<MembershipId, Membership> memberships_;
  std::set<AccountId> members_;
};

}  // namespace membership
