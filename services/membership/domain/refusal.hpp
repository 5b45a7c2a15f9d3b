#pragma once

namespace membership {

/// Every reason this service says no. A new one does not compile until http/problems.cpp gives it
/// a status and a sentence.
enum class Refusal {
  not_found,               // not there, or not the caller's to know about: they look the same
  organization_not_found,  // by identifier
  account_not_known_yet,
  not_a_security_official,
  own_role_request,
  own_membership,
  already_pending,
  role_already_held,
  first_member_must_be_security_official,
  already_decided,
  role_request_expired,
  not_denied,
  reopen_window_over,
  requester_asked_again,
  requester_holds_role,
  already_removed,
  last_security_official,
  registration_window_closed,
  too_few_clinicians,
  version_passed,
  not_a_service_center_agent,
  has_security_official,
  too_many_claims,
  own_appointment,
  own_proposal,
  proposal_closed,
  proposal_expired,
  proposal_outdated,
  officials_can_decide,
  already_security_official,
  tin_differs,          // from the organization's
  appointed_not_known,  // nobody with this account
  successor_not_known,
  successor_is_removed,  // by the same act
};

/// The refusals that keep people from acting beyond their standing; each leaves an audit row.
bool is_security_refusal(Refusal refusal);

/// The refusals because of what a role request has come to.
bool is_state_refusal(Refusal refusal);

}  // namespace membership
