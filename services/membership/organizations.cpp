#include "membership/organizations.hpp"

#include <set>
#include <stdexcept>
#include <utility>

#include "membership/audit_details.hpp"
#include "membership/memberships.hpp"
#include "membership/registrations.hpp"
#include "membership/role_requests.hpp"

namespace membership {

namespace {

constexpr std::size_t listed_max = 200;

Organization described_by(const OrganizationLine& line, const OrganizationId& id,
                          std::int64_t known_clinician_count) {
  return {.id = id,
          .type = line.type,
          .identifier = line.identifier,
          .name = line.name,
          .tin = line.tin,
          .address = line.address,
          .clinician_count = line.clinician_count.value_or(known_clinician_count)};
}

nlohmann::json differences(const Organization& known, const OrganizationLine& line) {
  auto names = nlohmann::json::array();
  if (known.name != line.name) names.push_back("name");
  if (known.tin != line.tin) names.push_back("taxpayerIdentificationNumber");
  if (known.address != line.address) names.push_back("address");
  if (line.clinician_count && known.clinician_count != *line.clinician_count) {
    names.push_back("clinicianCount");
  }
  return names;
}

// `locked` are the organizations that this transaction has taken or made.
void import_line(Store& store, const Act& act, const OrganizationLine& line,
                 std::set<OrganizationId>& locked, ImportCounts& counts) {
  const auto known = store.find_organization(line.type, line.identifier);
  const OrganizationId id = known ? known->id : OrganizationId::generate();
  const bool grants =
      line.security_official &&
      !makes_security_official(store.find_active_membership(*line.security_official, id),
                               *line.security_official, id);
  const auto changed = known ? differences(*known, line) : nlohmann::json::array();
  const bool describes = !changed.empty();

  const auto clinicians = known ? known->clinician_count : 0;
  if (!known) {
    store.add(described_by(line, id, clinicians));
    locked.insert(id);
  }
  if ((grants || describes) && locked.insert(id).second && !store.lock_organization(id)) {
    throw std::logic_error("an organization vanished");
  }
  if (describes) store.describe(described_by(line, id, clinicians));
  if (!known || describes) {
    auto details = nlohmann::json::object();
    if (known) details["changed"] = changed;
    store.record(act, {.organization = id,
                       .subject = id.text(),
                       .outcome = known ? "updated" : "created",
                       .details = std::move(details)});
  }
  if (grants) make_security_official(store, act, *line.security_official, id);

  ++(!known ? counts.created : describes ? counts.updated : counts.unchanged);
  counts.security_officials_granted += grants;
}

ManageAccess select(Store::AllOfAccount&& all, std::optional<OrganizationType> type) {
  ManageAccess access{.name = std::move(all.name),
                      .pending = {.requests = std::move(all.pending), .count = 0},
                      .organization_counts = {},
                      .organizations = std::move(all.cards)};
  access.pending.count = static_cast<std::int64_t>(access.pending.requests.size());
  for (const OrganizationType each : organization_types) access.organization_counts[each] = 0;
  for (const auto& card : access.organizations) {
    ++access.organization_counts[card.organization.type];
  }
  std::erase_if(access.organizations, [type](const auto& card) {
    return type.value_or(card.organization.type) != card.organization.type;
  });
  return access;
}

}  // namespace

ManageAccess get_manage_access(Store& store, const AccountId& viewer,
                               std::optional<OrganizationType> type, Timestamp now) {
  auto all = store.find_all_of(viewer, now, listed_max);
  auto access =
      all ? select(*std::move(all), type)
          : ManageAccess{.name = store.find_account_name(viewer),
                         .pending = store.list_pending(viewer, now, listed_max),
                         .organization_counts = store.count_organizations(viewer),
                         .organizations = store.list_cards(viewer, type, now, listed_max)};
  show_registrations(store, access.organizations, viewer, now);
  return access;
}

Outcome<OrganizationCard> get_organization(Store& store, const OrganizationId& id,
                                           const AccountId& viewer, Timestamp now) {
  const auto held = store.find_active_membership(viewer, id);
  if (!makes_member(held, viewer, id)) return Refused{Refusal::not_found};
  OrganizationCard card{.organization = store.find_organization(id).value(),
                        .your_role = held->role,
                        .pending_count = store.count_pending(id, now)};
  show_registrations(store, card, now);
  return card;
}

Outcome<Role> role_allowing(Store& store, OrganizationAction action, const OrganizationId& id,
                            const AccountId& account) {
  const auto role = role_at(store.find_active_membership(account, id), account, id);
  if (const auto refusal = refuse(action, role)) return Refused{*refusal, id};
  return *role;
}

Outcome<std::optional<Role>> role_of_security_official(Store& store, const OrganizationId& id,
                                                       const AccountId& viewer) {
  const auto role = role_allowing(store, OrganizationAction::view_users, id, viewer);
  if (!role) return role.error();
  return std::optional(*role);
}

ImportCounts import_organizations(Store& store, const Act& act,
                                  const std::vector<OrganizationLine>& lines) {
  ImportCounts counts;
  std::set<OrganizationId> locked;
  // PostgreSQL keeps every version of a row until the transaction ends: an organization that is
  // written once for each of its lines gets slower with each of them.
  store.count_members_after([&] {
    for (const OrganizationLine& line : lines) import_line(store, act, line, locked, counts);
  });
  return counts;
}

}  // namespace membership
