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

}  // namespace

std::string_view to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::approved: return "approved";
    case Verdict::denied: return "denied";
  }
  std::abort();  // not an enumerator
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

Result<RoleRequest, Refusal> decide(RoleRequest request, const Decision& decision,
                                    const std::optional<Membership>& decider) {
  if (decision.decided_by == request.requester) return Refusal::own_role_request;
  if (!makes_member(decider, decision.decided_by, request.organization)) return Refusal::not_found;
  if (!makes_security_official(decider, decision.decided_by, request.organization)) {
    return Refusal::not_a_security_official;
  }

  if (request.decision && request.decision->decided_by == decision.decided_by &&
      request.decision->verdict == decision.verdict) {
    return request;
  }
  switch (status_at(request, decision.decided_at)) {
    case RoleRequestStatus::pending: break;
    case RoleRequestStatus::expired: return Refusal::role_request_expired;
    case RoleRequestStatus::approved:
    case RoleRequestStatus::denied:
    case RoleRequestStatus::withdrawn:
    case RoleRequestStatus::superseded: return Refusal::already_decided;
  }

  request.decision = decision;
  return close(std::move(request),
               decision.verdict == Verdict::approved ? RoleRequestStatus::approved
                                                     : RoleRequestStatus::denied,
               decision.decided_at);
}

Result<RoleRequest, Refusal> withdraw(RoleRequest request, const AccountId& account,
                                      Timestamp now) {
  if (request.requester != account) return Refusal::not_found;
  switch (status_at(request, now)) {
    case RoleRequestStatus::pending:
      return close(std::move(request), RoleRequestStatus::withdrawn, now);
    case RoleRequestStatus::withdrawn: return request;
    case RoleRequestStatus::expired: return Refusal::role_request_expired;
    case RoleRequestStatus::approved:
    case RoleRequestStatus::denied:
    case RoleRequestStatus::superseded: return Refusal::already_decided;
  }
  std::abort();  // not an enumerator
}

RoleRequest close_undecided(RoleRequest pending, Timestamp now) {
  assert(pending.status == RoleRequestStatus::pending);
  const auto status = status_at(pending, now) == RoleRequestStatus::expired
                          ? RoleRequestStatus::expired
                          : RoleRequestStatus::superseded;
  return close(std::move(pending), status, now);
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
