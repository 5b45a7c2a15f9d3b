#pragma once

#include <optional>
#include <vector>

#include "membership/domain/details.hpp"
#include "membership/refused.hpp"
#include "membership/storage/store.hpp"

// What the agents of the service center do. Who is one is read from the database on every call.
namespace membership {

/// nullopt when `account` is an agent.
std::optional<Refused> refuse_unless_agent(Store& store, const AccountId& account);

/// `act` as the audit keeps it, which Security Officials read: the agent stands without a name.
Act by_service_center(Act act);

/// RoleOfViewer for agents, who hold none.
Outcome<std::optional<Role>> role_of_service_center_agent(Store& store, const OrganizationId& id,
                                                          const AccountId& viewer);

/// The organizations with that TIN, by name; each one shown leaves an audit row. At most 200.
Outcome<std::vector<OrganizationOverview>> find_service_center_organizations(
    Store& store, const Act& act, const AccountId& agent, const TaxpayerIdentificationNumber& tin);

/// Both leave an audit row; false, and no row, when nothing changes.
bool grant_service_center_agent(Store& store, const Act& act, const AccountId& account);
bool revoke_service_center_agent(Store& store, const Act& act, const AccountId& account);

}  // namespace membership
