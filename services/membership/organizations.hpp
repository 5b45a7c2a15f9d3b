#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "membership/domain/details.hpp"
#include "membership/domain/organization_action.hpp"
#include "membership/domain/organization_file.hpp"
#include "membership/refused.hpp"
#include "membership/storage/store.hpp"

namespace membership {

struct ManageAccess {
  std::string name;  // the viewer's
  Store::Pending pending;
  std::map<OrganizationType, std::int64_t> organization_counts;  // of every type
  std::vector<OrganizationCard> organizations;
};

/// Everything a person needs to manage access, in one snapshot. At most 200 of each.
ManageAccess get_manage_access(Store& store, const AccountId& viewer,
                               std::optional<OrganizationType> type, Timestamp now);

/// The organization, for its members.
Outcome<OrganizationCard> get_organization(Store& store, const OrganizationId& id,
                                           const AccountId& viewer, Timestamp now);

/// The role that `account` holds there, if it allows them this.
Outcome<Role> role_allowing(Store& store, OrganizationAction action, const OrganizationId& id,
                            const AccountId& account);

/// The role that `viewer` holds at an organization, if they may look at its members and requests.
using RoleOfViewer = Outcome<std::optional<Role>> (*)(Store& store, const OrganizationId& id,
                                                      const AccountId& viewer);

/// RoleOfViewer for the organization's Security Officials.
Outcome<std::optional<Role>> role_of_security_official(Store& store, const OrganizationId& id,
                                                       const AccountId& viewer);

struct ImportCounts {
  std::int64_t created = 0;
  std::int64_t updated = 0;
  std::int64_t unchanged = 0;
  std::int64_t security_officials_granted = 0;
};

/// Brings in every line: new organizations, new descriptions of known ones, and Security Officials
/// who are none yet. Takes nothing away.
ImportCounts import_organizations(Store& store, const Act& act,
                                  const std::vector<OrganizationLine>& lines);

}  // namespace membership
