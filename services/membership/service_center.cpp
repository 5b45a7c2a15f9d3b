#include "membership/service_center.hpp"

namespace membership {

namespace {

constexpr std::size_t listed_max = 200;

}  // namespace

Act by_service_center(Act act) {
  act.actor = membership::service_center + act.actor;
  return act;
}

std::optional<Refused> refuse_unless_agent(Store& store, const AccountId& account) {
  if (store.is_service_center_agent(account)) return std::nullopt;
  return Refused{Refusal::not_a_service_center_agent};
}

Outcome<std::optional<Role>> role_of_service_center_agent(Store& store, const OrganizationId& id,
                                                          const AccountId& viewer) {
  if (auto refused = refuse_unless_agent(store, viewer)) return *refused;
  if (!store.find_organization(id)) return Refused{Refusal::not_found};
  return std::optional<Role>();
}

Outcome<std::vector<OrganizationOverview>> find_service_center_organizations(
    Store& store, const Act& act, const AccountId& agent, const TaxpayerIdentificationNumber& tin) {
  if (const auto refused = refuse_unless_agent(store, agent)) return *refused;
  auto found = store.list_organizations(tin, act.at, listed_max);
  for (const auto& overview : found) {
    const OrganizationId& id = overview.organization.id;
    store.record(by_service_center(act),
                 {.organization = id, .subject = id.text(), .outcome = "shown"});
  }
  return found;
}

bool grant_service_center_agent(Store& store, const Act& act, const AccountId& account) {
  if (!store.grant_service_center_agent(account, act.at)) return false;
  store.record(act,
               {.organization = std::nullopt, .subject = account.text(), .outcome = "granted"});
  return true;
}

bool revoke_service_center_agent(Store& store, const Act& act, const AccountId& account) {
  if (!store.revoke_service_center_agent(account)) return false;
  store.record(act,
               {.organization = std::nullopt, .subject = account.text(), .outcome = "revoked"});
  return true;
}

}  // namespace membership
