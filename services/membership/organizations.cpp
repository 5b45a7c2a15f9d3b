#include "membership/organizations.hpp"

#include <stdexcept>
#include <utility>

#include "membership/role_requests.hpp"

namespace membership {

namespace {

constexpr std::size_t listed_max = 200;

Organization described_by(const OrganizationLine& line, const OrganizationId& id) {
  return {.id = id,
          .type = line.type,
          .identifier = line.identifier,
          .name = line.name,
          .tin = line.tin,
          .address = line.address};
}

bool is_described_by(const Organization& organization, const OrganizationLine& line) {
  return organization.name == line.name && organization.tin == line.tin &&
         organization.address == line.address;
}

// Holds the lock of the organization.
void make_security_official(Store& store, const Act& act, const AccountId& account,
                            const OrganizationId& organization) {
  const auto held = store.find_active_membership(account, organization);
  supersede_role_request(store, act, account, organization);
  const MembershipId id = held ? held->id : MembershipId::generate();
  if (!held) {
    store.add({.id = id,
               .member = account,
               .organization = organization,
               .role = Role::security_official,
               .granted_at = act.at,
               .removal = std::nullopt});
  } else if (!store.change_role(*held, Role::security_official)) {
    throw std::logic_error("a promotion was refused");
  }
  store.record(act, organization, id.text(), "granted");
}

}  // namespace

ManageAccess get_manage_access(Store& store, const AccountId& viewer,
                               std::optional<OrganizationType> type, Timestamp now) {
  return {.name = store.find_account_name(viewer),
          .pending = store.list_pending(viewer, now, listed_max),
          .organization_counts = store.count_organizations(viewer),
          .organizations = store.list_cards(viewer, type, now, listed_max)};
}

Outcome<OrganizationCard> get_organization(Store& store, const OrganizationId& id,
                                           const AccountId& viewer, Timestamp now) {
  const auto held = store.find_active_membership(viewer, id);
  if (!makes_member(held, viewer, id)) return Refused{Refusal::not_found};
  return OrganizationCard{.organization = store.find_organization(id).value(),
                          .your_role = held->role,
                          .pending_count = store.count_pending(id, now)};
}

std::optional<Refused> refuse_unless_security_official(Store& store, const OrganizationId& id,
                                                       const AccountId& viewer) {
  const auto held = store.find_active_membership(viewer, id);
  if (!makes_member(held, viewer, id)) return Refused{Refusal::not_found};
  if (!makes_security_official(held, viewer, id)) {
    return Refused{Refusal::not_a_security_official, id};
  }
  return std::nullopt;
}

ImportCounts import_organizations(Store& store, const Act& act,
                                  const std::vector<OrganizationLine>& lines) {
  ImportCounts counts;
  for (const OrganizationLine& line : lines) {
    const auto known = store.find_organization(line.type, line.identifier);
    const OrganizationId id = known ? known->id : OrganizationId::generate();
    const bool grants =
        line.security_official &&
        !makes_security_official(store.find_active_membership(*line.security_official, id),
                                 *line.security_official, id);
    const bool describes = known && !is_described_by(*known, line);

    if (!known) store.add(described_by(line, id));
    if (known && (grants || describes) && !store.lock_organization(id)) {
      throw std::logic_error("an organization vanished");
    }
    if (describes) store.describe(described_by(line, id));
    if (!known || describes) store.record(act, id, id.text(), known ? "updated" : "created");
    if (grants) make_security_official(store, act, *line.security_official, id);

    ++(!known ? counts.created : describes ? counts.updated : counts.unchanged);
    counts.security_officials_granted += grants;
  }
  return counts;
}

}  // namespace membership
