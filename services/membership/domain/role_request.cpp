#include "membership/domain/role_request.hpp"

#include <cassert>
#include <cstdlib>

namespace membership {

namespace {

RoleRequest close(RoleRequest request, RoleRequestStatus status, Timestamp at) {
  request.status = status;
  request.closed_at = at;
  ++request.version;
  return request;
}

std::optional<Refusal> refuse_transition(const RoleRequest& request, RoleRequestAction action,
                                         Timestamp now) {
  const auto next = transition(status_at(request, now), action);
  return next ? std::nullopt : std::optional(next.error());
}

// Who decides on somebody else's request there.
std::optional<Refusal> refuse_standing(const RoleRequest& request, const AccountId& account,
                                       std::optional<Role> held) {
  if (account == request.requester) return Refusal::own_role_request;
  if (!held) return Refusal::not_found;
  if (held != Role::security_official) return Refusal::not_a_security_official;
  return std::nullopt;
}

}  // namespace

std::string_view to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::approved: return "approved";
    case Verdict::denied: return "denied";
  }
  std::abort();  // not an enumerator
}

std::optional<Verdict> parse_verdict(std::string_view text) {
  for (const Verdict verdict : {Verdict::approved, Verdict::denied}) {
    if (to_text(verdict) == text) return verdict;
  }
  return std::nullopt;
}

std::string_view to_text(RoleRequestStatus status) {
  switch (status) {
    case RoleRequestStatus::pending: return "pending";
    case RoleRequestStatus::approved: return "approved";
    case RoleRequestStatus::denied: return "denied";
    case RoleRequestStatus::withdrawn: return "withdrawn";
    case RoleRequestStatus::expired: return "expired";
    case RoleRequestStatus::superseded: return "superseded";
  }
  std::abort();  // not an enumerator
}

std::optional<RoleRequestStatus> parse_role_request_status(std::string_view text) {
  using enum RoleRequestStatus;
  for (const RoleRequestStatus status :
       {pending, approved, denied, withdrawn, expired, superseded}) {
    if (to_text(status) == text) return status;
  }
  return std::nullopt;
}

std::string_view to_text(RoleRequestAction action) {
  switch (action) {
    case RoleRequestAction::approve: return "approve";
    case RoleRequestAction::deny: return "deny";
    case RoleRequestAction::withdraw: return "withdraw";
    case RoleRequestAction::expire: return "expire";
    case RoleRequestAction::supersede: return "supersede";
    case RoleRequestAction::reopen: return "reopen";
  }
  std::abort();  // not an enumerator
}

std::optional<RoleRequestAction> parse_role_request_action(std::string_view text) {
  using enum RoleRequestAction;
  for (const RoleRequestAction action : {approve, deny, withdraw, expire, supersede, reopen}) {
    if (to_text(action) == text) return action;
  }
  return std::nullopt;
}

RoleRequestAction action_of(Verdict verdict) {
  return verdict == Verdict::approved ? RoleRequestAction::approve : RoleRequestAction::deny;
}

Result<RoleRequestStatus, Refusal> transition(RoleRequestStatus status, RoleRequestAction action) {
  using enum RoleRequestAction;
  if (action == reopen) {
    if (status == RoleRequestStatus::denied) return RoleRequestStatus::pending;
    return Refusal::not_denied;
  }
  switch (status) {
    case RoleRequestStatus::pending: break;
    case RoleRequestStatus::expired: return Refusal::role_request_expired;
    case RoleRequestStatus::approved:
    case RoleRequestStatus::denied:
    case RoleRequestStatus::withdrawn:
    case RoleRequestStatus::superseded: return Refusal::already_decided;
  }
  switch (action) {
    case approve: return RoleRequestStatus::approved;
    case deny: return RoleRequestStatus::denied;
    case withdraw: return RoleRequestStatus::withdrawn;
    case expire: return RoleRequestStatus::expired;
    case supersede: return RoleRequestStatus::superseded;
    case reopen: break;  // see above
  }
  std::abort();  // not an enumerator
}

RoleRequestStatus status_at(const RoleRequest& request, Timestamp now) {
  const bool over = request.status == RoleRequestStatus::pending && now >= request.expires_at;
  return over ? RoleRequestStatus::expired : request.status;
}

Result<RoleRequest, Refusal> ask(RoleRequest wish, const Organization& organization,
                                 const std::optional<Membership>& held,
                                 const std::optional<RoleRequest>& pending) {
  if (makes_member(held, wish.requester, organization.id) && held->role == wish.role) {
    return Refusal::role_already_held;
  }
  if (pending && status_at(*pending, wish.requested_at) == RoleRequestStatus::pending) {
    return Refusal::already_pending;
  }
  if (wish.role == Role::staff_user && organization.security_official_count == 0) {
    return Refusal::first_member_must_be_security_official;
  }
  return wish;
}

std::optional<Refusal> refuse_decision(const RoleRequest& request, Verdict verdict,
                                       const AccountId& decider, std::optional<Role> held,
                                       Timestamp now) {
  if (const auto refusal = refuse_standing(request, decider, held)) return refusal;
  return refuse_transition(request, action_of(verdict), now);
}

std::optional<Refusal> refuse_withdrawal(const RoleRequest& request, const AccountId& account,
                                         Timestamp now) {
  if (request.requester != account) return Refusal::not_found;
  return refuse_transition(request, RoleRequestAction::withdraw, now);
}

std::optional<Refusal> refuse_reopening(const RoleRequest& request,
                                        const RequesterStanding& requester,
                                        const AccountId& official, std::optional<Role> held,
                                        Timestamp now, std::chrono::milliseconds within) {
  if (const auto refusal = refuse_standing(request, official, held)) return refusal;
  if (const auto refusal = refuse_transition(request, RoleRequestAction::reopen, now)) {
    return refusal;
  }
  if (now >= request.decision.value().decided_at + within) return Refusal::reopen_window_over;
  if (requester.role == request.role) return Refusal::requester_holds_role;
  if (requester.pending_until && now < *requester.pending_until) {
    return Refusal::requester_asked_again;
  }
  return std::nullopt;
}

std::vector<RoleRequestAction> allowed_actions(const RoleRequest& request,
                                               const RequesterStanding& requester,
                                               const AccountId& viewer, std::optional<Role> held,
                                               Timestamp now,
                                               std::chrono::milliseconds reopen_within) {
  std::vector<RoleRequestAction> allowed;
  for (const Verdict verdict : {Verdict::approved, Verdict::denied}) {
    if (!refuse_decision(request, verdict, viewer, held, now)) {
      allowed.push_back(action_of(verdict));
    }
  }
  if (!refuse_withdrawal(request, viewer, now)) allowed.push_back(RoleRequestAction::withdraw);
  if (!refuse_reopening(request, requester, viewer, held, now, reopen_within)) {
    allowed.push_back(RoleRequestAction::reopen);
  }
  return allowed;
}

Result<RoleRequest, Refusal> decide(RoleRequest request, const Decision& decision,
                                    const std::optional<Membership>& decider) {
  const auto held = role_at(decider, decision.decided_by, request.organization);
  if (const auto refusal = refuse_decision(request, decision.verdict, decision.decided_by, held,
                                           decision.decided_at)) {
    const bool same_again = refusal == Refusal::already_decided && request.decision &&
                            request.decision->decided_by == decision.decided_by &&
                            request.decision->verdict == decision.verdict;
    if (same_again) return request;
    return *refusal;
  }
  return decided(std::move(request), decision);
}

RoleRequest decided(RoleRequest pending, const Decision& decision) {
  pending.decision = decision;
  const auto status = transition(pending.status, action_of(decision.verdict));
  return close(std::move(pending), *status, decision.decided_at);
}

Result<RoleRequest, Refusal> withdraw(RoleRequest request, const AccountId& account,
                                      Timestamp now) {
  if (const auto refusal = refuse_withdrawal(request, account, now)) {
    const bool same_again =
        refusal == Refusal::already_decided && request.status == RoleRequestStatus::withdrawn;
    if (same_again) return request;
    return *refusal;
  }
  const auto status = transition(request.status, RoleRequestAction::withdraw);
  return close(std::move(request), *status, now);
}

Result<RoleRequest, Refusal> reopen(RoleRequest request, const Reopening& reopening,
                                    const std::optional<Membership>& official,
                                    const RequesterStanding& requester,
                                    const ReopeningTerms& terms) {
  const auto held = role_at(official, reopening.reopened_by, request.organization);
  if (const auto refusal = refuse_reopening(request, requester, reopening.reopened_by, held,
                                            reopening.reopened_at, terms.within)) {
    const bool same_again =
        refusal == Refusal::not_denied &&
        status_at(request, reopening.reopened_at) == RoleRequestStatus::pending &&
        request.reopening && request.reopening->reopened_by == reopening.reopened_by;
    if (same_again) return request;
    return *refusal;
  }
  request.status = *transition(request.status, RoleRequestAction::reopen);
  request.expires_at = reopening.reopened_at + terms.lifetime;
  request.closed_at = std::nullopt;
  request.decision = std::nullopt;
  request.reopening = reopening;
  ++request.version;
  return request;
}

RoleRequest close_undecided(RoleRequest pending, Timestamp now) {
  const bool over = status_at(pending, now) == RoleRequestStatus::expired;
  const auto status =
      transition(pending.status, over ? RoleRequestAction::expire : RoleRequestAction::supersede);
  assert(status);
  return close(std::move(pending), *status, now);
}

Membership granted_by(const RoleRequest& approved, const MembershipId& id) {
  assert(approved.status == RoleRequestStatus::approved);
  return {.id = id,
          .member = approved.requester,
          .organization = approved.organization,
          .role = approved.role,
          .granted_at = approved.decision.value().decided_at,
          .removal = std::nullopt};
}

}  // namespace membership
