#include "membership/http/problems.hpp"

#include <cstdlib>

namespace membership {

namespace {

// clang-format off
const web::ProblemType organization_not_found{
    404, "organization-not-found", "Organization not found",
    "No organization of this type has exactly this identifier. Check both and search again."};
const web::ProblemType not_a_security_official{
    403, "not-a-security-official", "Not a Security Official",
    "You are a member of the organization, but only its Security Officials may do this. Ask one of them."};
const web::ProblemType own_role_request{
    403, "own-role-request", "Own role request",
    "Nobody decides their own role request, Security Officials included. Another Security Official has to."};
const web::ProblemType own_membership{
    403, "own-membership", "Own membership",
    "Nobody removes themself. Ask another Security Official of the organization; if you are the only one, "
    "contact the service center (the member supportContact says how) and have the organization's taxpayer "
    "identification number ready."};
const web::ProblemType already_pending{
    409, "already-pending", "Already pending",
    "You have a pending role request at this organization. Withdraw it before you ask for something else."};
const web::ProblemType role_already_held{
    409, "role-already-held", "Role already held",
    "The requester holds the role at this organization."};
const web::ProblemType first_member_must_be_security_official{
    409, "first-member-must-be-security-official", "First member must be a Security Official",
    "The organization has no Security Official who could decide. Ask for the role securityOfficial."};
const web::ProblemType already_decided{
    409, "already-decided", "Already decided",
    "The role request is no longer pending. The member roleRequest says what it has come to, by whom and when."};
const web::ProblemType role_request_expired{
    409, "role-request-expired", "Role request expired",
    "Nobody decided the role request in time. The requester may ask again."};
const web::ProblemType not_denied{
    409, "not-denied", "Not denied",
    "Only a denied role request is reopened. The member roleRequest says what it is now."};
const web::ProblemType reopen_window_over{
    409, "reopen-window-over", "Too late to reopen",
    "A denied role request is reopened soon after its denial or not at all. The requester may ask again."};
const web::ProblemType requester_asked_again{
    409, "requester-asked-again", "Requester asked again",
    "The requester has a newer role request at this organization. Decide that one."};
const web::ProblemType already_removed{
    409, "already-removed", "Already removed",
    "The membership has ended."};
const web::ProblemType last_security_official{
    409, "last-security-official", "Last Security Official",
    "An organization that has a Security Official keeps at least one. Approve a second one first, or "
    "contact the service center (the member supportContact says how) and have the organization's taxpayer "
    "identification number ready."};
const web::ProblemType not_a_service_center_agent{
    403, "not-a-service-center-agent", "Not an agent of the service center",
    "Only agents of the service center may do this. They are named by those who operate the service."};
const web::ProblemType registration_window_closed{
    409, "registration-window-closed", "Registration window closed",
    "The program takes no registrations and no cancellations for this performance year now. The registration "
    "says when it does, in opensAt and closesAt."};
const web::ProblemType too_few_clinicians{
    409, "too-few-clinicians", "Too few clinicians",
    "The organization has fewer clinicians than the program needs. The registration says how many that are, in "
    "minimumClinicianCount."};
const web::ProblemType has_security_official{
    409, "has-security-official", "Has a Security Official",
    "An organization with a Security Official is not claimed by proof. Ask for a role: a Security Official decides."};
const web::ProblemType own_appointment{
    403, "own-appointment", "Own appointment",
    "No agent of the service center makes themself Security Official, nor confirms that another one does."};
const web::ProblemType own_proposal{
    403, "own-proposal", "Own proposal",
    "Under dual control nobody confirms what they proposed themself. Another agent has to."};
const web::ProblemType proposal_closed{
    409, "proposal-closed", "Proposal closed",
    "The proposal is no longer pending: an agent confirmed or rejected it. Load it to see who and when."};
const web::ProblemType proposal_expired{
    409, "proposal-expired", "Proposal expired",
    "Nobody confirmed or rejected the proposal in time. Look at what is there now, and propose again."};
const web::ProblemType proposal_outdated{
    409, "proposal-outdated", "Proposal outdated",
    "Since the proposal was made its object has changed, or its proposer is an agent no more. Look at what is there "
    "now, and propose again."};
const web::ProblemType officials_can_decide{
    409, "officials-can-decide", "Security Officials can decide",
    "The service center decides role requests only where no Security Official but the requester can, or where none "
    "did until the request was escalated."};
const web::ProblemType already_security_official{
    409, "already-security-official", "Already a Security Official",
    "Who is to be appointed is a Security Official of the organization."};
// clang-format on

web::Problem invalid(const char* pointer, const char* detail) {
  return {web::problems::invalid_fields,
          std::vector{web::FieldError{pointer, std::string("This field ") + detail + "."}}};
}

}  // namespace

web::Problem problem_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::not_found: return {web::problems::not_found, "There is nothing at this address."};
    case Refusal::organization_not_found:
      return {organization_not_found,
              "There is no organization of this type with exactly this identifier."};
    case Refusal::account_not_known_yet: {
      web::Problem problem(web::problems::unavailable,
                           "Your account is not known here yet; try again in a moment.");
      problem.retry_after_seconds = 2;
      return problem;
    }
    case Refusal::not_a_security_official:
      return {not_a_security_official, "Only a Security Official of the organization may do this."};
    case Refusal::own_role_request:
      return {own_role_request, "Nobody decides their own role request."};
    case Refusal::own_membership:
      return {own_membership,
              "Nobody removes themself. If you are the only Security Official, contact the service "
              "center and have the organization's taxpayer identification number ready."};
    case Refusal::already_pending:
      return {already_pending, "You have a pending role request at this organization."};
    case Refusal::role_already_held:
      return {role_already_held, "You hold this role at this organization."};
    case Refusal::first_member_must_be_security_official:
      return {first_member_must_be_security_official,
              "This organization has no Security Official who could decide."};
    case Refusal::already_decided:
      return {already_decided, "This role request is no longer pending."};
    case Refusal::role_request_expired:
      return {role_request_expired, "This role request has expired; the requester may ask again."};
    case Refusal::not_denied: return {not_denied, "Only a denied role request is reopened."};
    case Refusal::reopen_window_over:
      return {reopen_window_over,
              "It was denied too long ago to be reopened; the requester may ask again."};
    case Refusal::requester_asked_again:
      return {requester_asked_again, "The requester has asked again; decide that request."};
    case Refusal::requester_holds_role:
      return {role_already_held, "The requester holds this role at this organization."};
    case Refusal::already_removed: return {already_removed, "This membership has ended."};
    case Refusal::last_security_official:
      return {last_security_official,
              "An organization keeps at least one Security Official. The service center can help; "
              "have the organization's taxpayer identification number ready."};
    case Refusal::registration_window_closed:
      return {registration_window_closed, "The program takes no registrations for this year now."};
    case Refusal::too_few_clinicians:
      return {too_few_clinicians, "The organization has too few clinicians for the program."};
    case Refusal::version_passed:
      return {web::problems::precondition_failed,
              "It has changed since you saw it; look at it again."};
    case Refusal::not_a_service_center_agent:
      return {not_a_service_center_agent, "Only agents of the service center may do this."};
    case Refusal::has_security_official:
      return {has_security_official,
              "This organization has a Security Official who can approve you."};
    case Refusal::too_many_claims:
      return {web::problems::too_many_requests, "There were too many attempts; try again later."};
    case Refusal::own_appointment:
      return {own_appointment, "No agent makes themself Security Official."};
    case Refusal::own_proposal:
      return {own_proposal, "Another agent has to confirm what you proposed."};
    case Refusal::proposal_closed:
      return {proposal_closed, "This proposal was confirmed or rejected before."};
    case Refusal::proposal_expired:
      return {proposal_expired, "Nobody confirmed this proposal in time."};
    case Refusal::proposal_outdated:
      return {proposal_outdated, "What was proposed no longer fits what is there."};
    case Refusal::officials_can_decide:
      return {officials_can_decide,
              "The organization has Security Officials who can decide this role request."};
    case Refusal::already_security_official:
      return {already_security_official, "This person is a Security Official of the organization."};
    case Refusal::tin_differs:
      return invalid("/taxpayerIdentificationNumber", "is not that of this organization");
    case Refusal::appointed_not_known:
      return invalid("/accountId", "names an account that is not known");
    case Refusal::successor_not_known:
      return invalid("/successorAccountId", "names an account that is not known");
    case Refusal::successor_is_removed:
      return invalid("/successorAccountId", "is the member who is removed");
  }
  std::abort();  // not an enumerator
}

const std::vector<const web::ProblemType*>& problem_types() {
  static const std::vector<const web::ProblemType*> all = {&organization_not_found,
                                                           &not_a_security_official,
                                                           &own_role_request,
                                                           &own_membership,
                                                           &already_pending,
                                                           &role_already_held,
                                                           &first_member_must_be_security_official,
                                                           &already_decided,
                                                           &role_request_expired,
                                                           &not_denied,
                                                           &reopen_window_over,
                                                           &requester_asked_again,
                                                           &already_removed,
                                                           &last_security_official,
                                                           &registration_window_closed,
                                                           &too_few_clinicians,
                                                           &not_a_service_center_agent,
                                                           &has_security_official,
                                                           &own_appointment,
                                                           &own_proposal,
                                                           &proposal_closed,
                                                           &proposal_expired,
                                                           &proposal_outdated,
                                                           &officials_can_decide,
                                                           &already_security_official};
  return all;
}

}  // namespace membership
