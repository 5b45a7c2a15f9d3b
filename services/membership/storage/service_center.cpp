#include "membership/storage/rows.hpp"
#include "membership/storage/store.hpp"

namespace membership {

bool Store::is_service_center_agent(const AccountId& account) {
  return transaction_
      .row<Integer>("SELECT 1 FROM service_center_agents WHERE account_id = :account",
                    {{"account", account.text()}})
      .has_value();
}

bool Store::grant_service_center_agent(const AccountId& account, Timestamp at) {
  return transaction_.execute(
             "INSERT INTO service_center_agents (account_id, granted_at) VALUES (:account, :at)"
             " ON CONFLICT (account_id) DO NOTHING",
             {{"account", account.text()}, {"at", vocabulary::to_unix(at)}}) == 1;
}

bool Store::revoke_service_center_agent(const AccountId& account) {
  return transaction_.execute("DELETE FROM service_center_agents WHERE account_id = :account",
                              {{"account", account.text()}}) == 1;
}

std::vector<OrganizationOverview> Store::list_organizations(const TaxpayerIdentificationNumber& tin,
                                                            Timestamp now, std::size_t limit) {
  auto organizations =
      read(Columns<OrganizationRow>::all(transaction_,
                                         "SELECT " ORGANIZATION_COLUMNS " FROM organizations o"
                                         " WHERE o.taxpayer_identification_number = :tin"
                                         " ORDER BY o.name_key, o.id LIMIT :limit",
                                         {{"tin", tin.text()}, {"limit", limit}}),
           read_organization);
  std::vector<OrganizationOverview> overviews;
  for (Organization& organization : organizations) {
    const std::int64_t pending_count = count_pending(organization.id, now);
    overviews.push_back({std::move(organization), pending_count});
  }
  return overviews;
}

}  // namespace membership
