#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
std::optional<Verdict> parse_verdict(std::string_view text);
std::string_view to_text(RoleRequestStatus status);
std::optional<RoleRequestStatus> parse_role_request_status(std::string_view text);

/// What is done to a role request.
enum class RoleRequestAction { approve, deny, withdraw, expire, supersede, reopen };

/// The one spelling of each, in JSON and in the database alike.
std::string_view to_text(RoleRequestAction action);
std::optional<RoleRequestAction> parse_role_request_action(std::string_view text);

RoleRequestAction action_of(Verdict verdict);

/// The whole life of a role request: what `action` makes of one that is `status`, or why it makes
/// nothing of it. Whatever changes a request asks here.
Result<RoleRequestStatus, Refusal> transition(RoleRequestStatus status, RoleRequestAction action);

struct Decision {
  Verdict verdict;
  AccountId decided_by;
  Timestamp decided_at;
  std::optional<std::string> reason;  // shown to the requester

  bool operator==(const Decision&) const = default;
};

/// Makes a denied request pending again.
struct Reopening {
  AccountId reopened_by;
  Timestamp reopened_at;

  bool operator==(const Reopening&) const = default;
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
  std::optional<Reopening> reopening = std::nullopt;     // the last one
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

/// What else a requester has at the organization of a denied request.
struct RequesterStanding {
  std::optional<Role> role;                // that they hold
  std::optional<Timestamp> pending_until;  // of a newer request that is not closed

  bool operator==(const RequesterStanding&) const = default;
};

/// How long after a denial a request may be reopened, and how long it is pending then.
struct ReopeningTerms {
  std::chrono::milliseconds within;
  std::chrono::milliseconds lifetime;
};

// Why somebody who holds the role `held` at the organization may not do it now. Standing is judged
// before state: a stranger does not learn whether a request was decided.
std::optional<Refusal> refuse_decision(const RoleRequest& request, Verdict verdict,
                                       const AccountId& decider, std::optional<Role> held,
                                       Timestamp now);
std::optional<Refusal> refuse_withdrawal(const RoleRequest& request, const AccountId& account,
                                         Timestamp now);
std::optional<Refusal> refuse_reopening(const RoleRequest& request,
                                        const RequesterStanding& requester,
                                        const AccountId& official, std::optional<Role> held,
                                        Timestamp now, std::chrono::milliseconds within);

/// What `viewer`, who holds the role `held` at the organization, may do with the request at `now`:
/// what none of the above refuses.
std::vector<RoleRequestAction> allowed_actions(const RoleRequest& request,
                                               const RequesterStanding& requester,
                                               const AccountId& viewer, std::optional<Role> held,
                                               Timestamp now,
                                               std::chrono::milliseconds reopen_within);

/// Decides a pending request. `decider` is the membership, if any, that the deciding person holds.
/// The same decision by the same decider again returns the request as it is.
Result<RoleRequest, Refusal> decide(RoleRequest request, const Decision& decision,
                                    const std::optional<Membership>& decider);

/// The pending request with its decision, whoever was found to be who decides.
RoleRequest decided(RoleRequest pending, const Decision& decision);

/// Takes the own request back; one that was withdrawn is returned as it is.
Result<RoleRequest, Refusal> withdraw(RoleRequest request, const AccountId& account, Timestamp now);

/// Makes a denied request pending again, from that instant on. `official` is the membership, if
/// any, that the reopening person holds. The same again, while nothing has happened since, returns
/// the request as it is.
Result<RoleRequest, Refusal> reopen(RoleRequest request, const Reopening& reopening,
                                    const std::optional<Membership>& official,
                                    const RequesterStanding& requester,
                                    const ReopeningTerms& terms);

/// A pending request that nobody decided: expired when its time was over, else superseded.
RoleRequest close_undecided(RoleRequest pending, Timestamp now);

/// The membership that an approved request grants to somebody who holds none.
Membership granted_by(const RoleRequest& approved, const MembershipId& id);

}  // namespace membership
