#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "membership/domain/details.hpp"
#include "membership/domain/role_request.hpp"
#include "membership/refused.hpp"
#include "membership/storage/store.hpp"

// One transaction each: all of it happens, or nothing. A refusal has written nothing that stays.
namespace membership {

/// Asks for `role` until `lifetime` is over. An earlier request whose time is over is closed.
Outcome<RoleRequestDetails> create_role_request(Store& store, const Act& act,
                                                const AccountId& requester,
                                                const OrganizationId& organization, Role role,
                                                std::chrono::milliseconds lifetime);

/// The request, for its requester and for the organization's Security Officials, with the last 100
/// decisions on it.
struct RoleRequestView {
  RoleRequestDetails details;
  std::optional<Role> viewer_role;
  std::vector<PastDecision> history;
};
Outcome<RoleRequestView> get_role_request(Store& store, const RoleRequestId& id,
                                          const AccountId& viewer);

/// Decides the request, grants the role when approved, and queues the notice.
Outcome<RoleRequestDetails> decide_role_request(Store& store, const Act& act,
                                                const RoleRequestId& id, const Decision& decision,
                                                std::optional<std::int64_t> expected_version);

/// Makes a denied request pending again, and queues the notice.
Outcome<RoleRequestDetails> reopen_role_request(Store& store, const Act& act,
                                                const RoleRequestId& id, const Reopening& reopening,
                                                const std::optional<std::string>& reason,
                                                const ReopeningTerms& terms,
                                                std::optional<std::int64_t> expected_version);

Outcome<RoleRequestDetails> withdraw_role_request(Store& store, const Act& act,
                                                  const RoleRequestId& id,
                                                  const AccountId& requester,
                                                  std::optional<std::int64_t> expected_version);

/// Decides a pending request in a locked organization, where the service center was found to be
/// who decides. Refuses only what would take the last Security Official.
Outcome<RoleRequestDetails> decide_for_service_center(Store& store, const Act& act,
                                                      const RoleRequestId& id,
                                                      const Decision& decision);

/// Closes the person's pending request in a locked organization, if there is one, because what they
/// hold there has changed.
void supersede_role_request(Store& store, const Act& act, const AccountId& requester,
                            const OrganizationId& organization);

/// Marks one overdue request as expired. False when it is not overdue.
bool expire_role_request(Store& store, const Act& act, const RoleRequestId& id);

}  // namespace membership
