#include "membership/domain/membership.hpp"

#include <cstdlib>

namespace membership {

std::optional<Role> role_at(const std::optional<Membership>& membership, const AccountId& account,
                            const OrganizationId& organization) {
  const bool holds = membership && membership->member == account &&
                     membership->organization == organization && !membership->removal;
  return holds ? std::optional(membership->role) : std::nullopt;
}

bool makes_member(const std::optional<Membership>& membership, const AccountId& account,
                  const OrganizationId& organization) {
  return role_at(membership, account, organization).has_value();
}

bool makes_security_official(const std::optional<Membership>& membership, const AccountId& account,
                             const OrganizationId& organization) {
  return role_at(membership, account, organization) == Role::security_official;
}

std::string_view to_text(MembershipAction action) {
  switch (action) {
    case MembershipAction::remove: return "remove";
  }
  std::abort();  // not an enumerator
}

std::optional<Refusal> refuse_removal(const Membership& membership, const AccountId& remover,
                                      std::optional<Role> held) {
  if (!held) return Refusal::not_found;
  if (remover == membership.member) return Refusal::own_membership;
  if (held != Role::security_official) return Refusal::not_a_security_official;
  if (membership.removal) return Refusal::already_removed;
  return std::nullopt;
}

std::vector<MembershipAction> allowed_actions(const Membership& membership, const AccountId& viewer,
                                              std::optional<Role> held) {
  if (refuse_removal(membership, viewer, held)) return {};
  return {MembershipAction::remove};
}

Result<Membership, Refusal> remove(Membership membership, const Removal& removal,
                                   const std::optional<Membership>& remover) {
  if (const auto refusal =
          refuse_removal(membership, removal.removed_by,
                         role_at(remover, removal.removed_by, membership.organization))) {
    return *refusal;
  }
  membership.removal = removal;
  ++membership.version;
  return membership;
}

}  // namespace membership
