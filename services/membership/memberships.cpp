#include "membership/memberships.hpp"

#include <utility>

#include "events/event.hpp"
#include "membership/audit_details.hpp"
#include "membership/notices.hpp"
#include "membership/registrations.hpp"
#include "membership/reminders.hpp"
#include "membership/role_requests.hpp"

namespace membership {

Outcome<MembershipView> get_membership(Store& store, const MembershipId& id,
                                       const AccountId& viewer) {
  auto found = store.find_membership(id);
  if (!found) return Refused{Refusal::not_found};
  const Membership& membership = found->membership;
  const auto role = role_at(store.find_active_membership(viewer, membership.organization), viewer,
                            membership.organization);
  const bool is_own = makes_member(membership, viewer, membership.organization);
  if (role != Role::security_official && !is_own) return Refused{Refusal::not_found};
  return MembershipView{*std::move(found), role};
}

std::optional<MembershipChange> grant(Store& store, const Membership& wanted) {
  const auto held = store.find_active_membership(wanted.member, wanted.organization);
  if (!held) {
    store.add(wanted);
    return granting(wanted);
  }
  if (!store.change_role(*held, wanted.role)) return std::nullopt;
  return RoleChanged{.id = held->id, .from = held->role, .to = wanted.role};
}

MembershipId make_security_official(Store& store, const Act& act, const AccountId& account,
                                    const OrganizationId& organization) {
  supersede_role_request(store, act, account, organization);
  const auto change = grant(store, {.id = MembershipId::generate(),
                                    .member = account,
                                    .organization = organization,
                                    .role = Role::security_official,
                                    .granted_at = act.at,
                                    .removal = std::nullopt});
  store.record(act, {.organization = organization,
                     .subject = account.text(),
                     .outcome = "granted",
                     .details = {{"membership", to_json(change.value())}}});
  return store.find_active_membership(account, organization).value().id;
}

MembershipDetails appoint_security_official(Store& store, const Act& act, const AccountId& account,
                                            const OrganizationId& organization,
                                            const std::optional<AccountId>& granted_by,
                                            const std::optional<std::string>& reason) {
  const auto id = make_security_official(store, act, account, organization);
  auto granted = store.find_membership(id).value();
  store.enqueue(notice_of_grant(granted, store.find_organization(organization).value(), granted_by,
                                granted_by ? store.find_account_name(*granted_by) : "", reason,
                                store.list_security_officials(organization), act.at));
  return granted;
}

Outcome<RemovedMembership> remove_membership(Store& store, const Act& act, const MembershipId& id,
                                             const Removal& removal,
                                             std::optional<std::int64_t> expected_version) {
  auto found = store.find_membership(id);
  if (!found) return Refused{Refusal::not_found};
  const OrganizationId organization = found->membership.organization;
  if (!store.lock_organization(organization)) return Refused{Refusal::not_found};
  found = store.find_membership(id);

  const auto remover = store.find_active_membership(removal.removed_by, organization);
  const auto removed = remove(found->membership, removal, remover);
  if (!removed) return Refused{removed.error(), organization};
  if (expected_version && *expected_version != found->membership.version) {
    return Refused{Refusal::version_passed, organization};
  }

  if (!store.record_removal(*removed)) {
    return Refused{Refusal::last_security_official, organization};
  }
  supersede_role_request(store, act, removed->member, organization);
  RemovedMembership result{
      .details = {*removed, found->member_name},
      .organization = {.organization = store.find_organization(organization).value(),
                       .your_role = remover->role,
                       .pending_count = store.count_pending(organization, act.at)}};
  show_registrations(store, result.organization, act.at);
  store.enqueue(notice_of_removal(result.details, result.organization.organization,
                                  store.find_account_name(removal.removed_by),
                                  store.list_security_officials(organization)));
  store.record(act, {.organization = organization,
                     .subject = id.text(),
                     .outcome = "removed",
                     .details = {{"membership", to_json(removing(*removed))},
                                 {"reasonGiven", removal.reason.has_value()}}});
  if (removed->role == Role::security_official) {
    follow_security_officials(store, act, organization);
  }
  return result;
}

}  // namespace membership
