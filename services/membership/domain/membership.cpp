#include "membership/domain/membership.hpp"

namespace membership {

bool makes_member(const std::optional<Membership>& membership, const AccountId& account,
                  const OrganizationId& organization) {
  return membership && membership->member == account && membership->organization == organization &&
         !membership->removal;
}

bool makes_security_official(const std::optional<Membership>& membership, const AccountId& account,
                             const OrganizationId& organization) {
  return makes_member(membership, account, organization) &&
         membership->role == Role::security_official;
}

Result<Membership, Refusal> remove(Membership membership, const Removal& removal,
                                   const std::optional<Membership>& remover) {
  if (!makes_member(remover, removal.removed_by, membership.organization)) {
    return Refusal::not_found;
  }
  if (removal.removed_by == membership.member) return Refusal::own_membership;
  if (!makes_security_official(remover, removal.removed_by, membership.organization)) {
    return Refusal::not_a_security_official;
  }
  if (membership.removal) return Refusal::already_removed;

  membership.removal = removal;
  ++membership.version;
  return membership;
}

}  // namespace membership
