#include "membership/domain/membership_change.hpp"

namespace membership {

MembershipChange granting(const Membership& membership) {
  return Granted{membership.id, membership.member, membership.role, membership.granted_at};
}

MembershipChange removing(const Membership& removed) {
  const Removal& removal = removed.removal.value();
  return Removed{removed.id, removal.removed_by, removal.removed_at};
}

std::optional<std::string> MembershipReplay::apply(const MembershipChange& change) {
  return std::visit([this](const auto& each) { return apply_(each); }, change);
}

std::optional<std::string> MembershipReplay::apply_(const Granted& granted) {
  if (members_.contains(granted.member)) return "grants a role to somebody who holds one";
  const bool is_new = memberships_
                          .emplace(granted.id, Membership{.id = granted.id,
                                                          .member = granted.member,
                                                          .organization = organization_,
                                                          .role = granted.role,
                                                          .granted_at = granted.granted_at,
                                                          .removal = std::nullopt})
                          .second;
  if (!is_new) return "grants a membership twice";
  members_.insert(granted.member);
  return std::nullopt;
}

std::optional<std::string> MembershipReplay::apply_(const RoleChanged& changed) {
  const auto found = memberships_.find(changed.id);
  if (found == memberships_.end()) return "changes the role of a membership that was never granted";
  Membership& membership = found->second;
  if (membership.removal) return "changes the role of a membership that has ended";
  if (membership.role != changed.from) return "changes a role that was not held";
  membership.role = changed.to;
  return std::nullopt;
}

std::optional<std::string> MembershipReplay::apply_(const Removed& removed) {
  const auto found = memberships_.find(removed.id);
  if (found == memberships_.end()) return "ends a membership that was never granted";
  Membership& membership = found->second;
  if (membership.removal) return "ends a membership twice";
  membership.removal = Removal{
      .removed_by = removed.removed_by, .removed_at = removed.removed_at, .reason = std::nullopt};
  members_.erase(membership.member);
  return std::nullopt;
}

}  // namespace membership
