#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "membership/domain/ids.hpp"
#include "membership/domain/membership.hpp"
#include "membership/domain/organization.hpp"
#include "membership/domain/refusal.hpp"
#include "membership/domain/role.hpp"
#include "vocabulary/result.hpp"
#include "vocabulary/timestamp.hpp"

namespace membership {

enum class Verdict { approved, denied };

enum class RoleRequestStatus { pending, approved, denied, withdrawn, expired, superseded };

/// The one spelling of each, in JSON and in the database alike.
std::string_view to_text(Verdict verdict);
std::string_view to_text(RoleRequestStatus status);
std::optional<RoleRequestStatus> parse_role_request_status(std::string_view text);

struct Decision {
  Verdict verdict;
  AccountId decided_by;
  Timestamp decided_at;
  std::optional<std::string> reason;  // shown to the requester

  bool operator==(const Decision&) const = default;
};

/// A person's wish to hold a role at an organization.
struct RoleRequest {
  RoleRequestId id;
  AccountId requester;
  OrganizationId organization;
  Role role;
  Timestamp requested_at;
  Timestamp expires_at;
  RoleRequestStatus status = RoleRequestStatus::pending;
  std::optional<Timestamp> closed_at;                     // when it stopped pending
  std::optional<Decision> decision;                       // of approved and denied requests
  std::optional<Timestamp> waiting_since = std::nullopt;  // when it was reopened
  std::optional<Timestamp> last_reminder_at = std::nullopt;
  std::optional<Timestamp> escalated_at = std::nullopt;  // to the service center
  std::int64_t version = 1;

  bool operator==(const RoleRequest&) const = default;
};

/// The status at `now`: a request whose time is over is expired before anybody has marked it.
RoleRequestStatus status_at(const RoleRequest& request, Timestamp now);

/// Whether a new request may be made. `held` is what the requester holds there, `pending` their
/// request there that is not closed.
Result<RoleRequest, Refusal> ask(RoleRequest wish, const Organization& organization,
                                 const std::optional<Membership>& held,
                                 const std::optional<RoleRequest>& pending);

/// Decides a pending request. `decider` is the membership, if any, that the deciding person holds.
/// Standing is judged before state: a stranger does not learn whether a request was decided.
/// The same decision by the same decider again returns the request as it is.
Result<RoleRequest, Refusal> decide(RoleRequest request, const Decision& decision,
                                    const std::optional<Membership>& decider);

/// Takes the own request back; one that was withdrawn is returned as it is.
Result<RoleRequest, Refusal> withdraw(RoleRequest request, const AccountId& account, Timestamp now);

/// A pending request that nobody decided: expired when its time was over, else superseded.
RoleRequest close_undecided(RoleRequest pending, Timestamp now);

/// The membership that an approved request grants to somebody who holds none.
Membership granted_by(const RoleRequest& approved, const MembershipId& id);

}  // namespace membership
