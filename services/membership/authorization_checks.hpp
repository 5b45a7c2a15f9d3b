#pragma once

#include <optional>
#include <vector>

#include "membership/domain/ids.hpp"
#include "membership/domain/organization_action.hpp"
#include "membership/domain/refusal.hpp"
#include "membership/storage/store.hpp"

namespace membership {

/// "May this account do that at this organization?"
struct AuthorizationCheck {
  AccountId account;
  OrganizationId organization;
  OrganizationAction action;
};

/// Why not, for each in their order, or nullopt: they may. From one statement.
std::vector<std::optional<Refusal>> check_authorizations(
    Store& store, const std::vector<AuthorizationCheck>& checks);

}  // namespace membership
