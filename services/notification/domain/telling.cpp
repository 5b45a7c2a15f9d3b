#include "notification/domain/telling.hpp"

#include <cstdlib>
#include <set>

namespace notification {

namespace {

// Membership may know a member before it knows their name.
std::string shown(const Person& person) {
  return person.name.empty() ? "A member" : person.name;
}

std::string with_reason(std::string sentence, const std::string& reason) {
  return reason.empty() ? sentence : sentence + " Reason: " + reason;
}

// The time to the minute, as a sentence shows it.
std::string shown(Timestamp at) {
  const std::string text = vocabulary::to_text(at);  // 2026-02-03T04:05:06.789Z
  return text.substr(0, 10) + " " + text.substr(11, 5) + " UTC";
}

Telling tell_fact(const AccountFact&) {
  return {};
}

Telling tell_fact(const CodeIssued& fact) {
  const auto email_template = fact.purpose == CodePurpose::sign_in
                                  ? EmailTemplate::sign_in_code
                                  : EmailTemplate::verification_code;
  return {.notifications = {},
          .emails = {{.recipient = fact.account,
                      .email_template = email_template,
                      .values = {{"code", fact.code}, {"validUntil", shown(fact.expires_at)}},
                      .address = fact.email_address,
                      .expires_at = fact.expires_at}},
          .resolved = std::nullopt};
}

EmailTemplate template_of(SecurityAct act) {
  switch (act) {
    case SecurityAct::locked: return EmailTemplate::account_locked;
    case SecurityAct::password_changed: return EmailTemplate::password_changed;
    case SecurityAct::totp_enrolled: return EmailTemplate::totp_enrolled;
    case SecurityAct::recovery_code_used: return EmailTemplate::recovery_code_used;
  }
  std::abort();  // not an enumerator
}

Telling tell_fact(const SecurityFact& fact) {
  return {.notifications = {},
          .emails = {{.recipient = fact.account,
                      .email_template = template_of(fact.act),
                      .values = {{"occurredAt", shown(fact.occurred_at)}},
                      .address = std::nullopt,
                      .expires_at = std::nullopt}},
          .resolved = std::nullopt};
}

// Tells one person the same thing in the application and by email.
class Teller {
 public:
  Teller(OrganizationId organization, std::optional<RoleRequestId> role_request,
         std::optional<MembershipId> membership, TemplateValues values)
      : organization_(std::move(organization)),
        role_request_(std::move(role_request)),
        membership_(std::move(membership)),
        values_(std::move(values)) {}

  void tell(const AccountId& recipient, NotificationKind kind, EmailTemplate email_template,
            std::string title, std::string text) {
    if (recipient == service_center_account()) return;
    telling.notifications.push_back({.recipient = recipient,
                                     .kind = kind,
                                     .title = std::move(title),
                                     .text = std::move(text),
                                     .organization = organization_,
                                     .role_request = role_request_,
                                     .membership = membership_});
    telling.emails.push_back({.recipient = recipient,
                              .email_template = email_template,
                              .values = values_,
                              .address = std::nullopt,
                              .expires_at = std::nullopt});
  }

  Telling telling;

 private:
  OrganizationId organization_;
  std::optional<RoleRequestId> role_request_;
  std::optional<MembershipId> membership_;
  TemplateValues values_;
};

// Each account once, without those of `but`.
std::set<AccountId> others(const std::vector<AccountId>& accounts, const std::set<AccountId>& but) {
  std::set<AccountId> rest;
  for (const auto& account : accounts) {
    if (!but.contains(account)) rest.insert(account);
  }
  return rest;
}

Telling tell_received(const RoleRequestFact& fact, Teller teller, const std::string& what) {
  for (const auto& official : others(fact.security_officials, {fact.requester.account})) {
    teller.tell(official, NotificationKind::role_request_received,
                EmailTemplate::role_request_received, "Role request from " + shown(fact.requester),
                shown(fact.requester) + " asks for the role " + what + ".");
  }
  return teller.telling;
}

Telling tell_decided(const RoleRequestFact& fact, Teller teller, const std::string& what) {
  const bool approved = fact.act == RoleRequestAct::approved;
  const std::string verdict = approved ? "approved" : "denied";
  teller.tell(
      fact.requester.account,
      approved ? NotificationKind::role_request_approved : NotificationKind::role_request_denied,
      approved ? EmailTemplate::role_request_approved : EmailTemplate::role_request_denied,
      "Role request " + verdict,
      with_reason("Your request for the role " + what + " was " + verdict + ".", fact.reason));
  teller.tell(fact.decided_by->account, NotificationKind::role_request_decided_by_you,
              EmailTemplate::role_request_decided_by_you, "You " + verdict + " a role request",
              with_reason("You " + verdict + " the request of " + shown(fact.requester) +
                              " for the role " + what + ".",
                          fact.reason));
  teller.telling.resolved = fact.role_request;
  return teller.telling;
}

Telling tell_reminded(const RoleRequestFact& fact, Teller teller, const std::string& what) {
  for (const auto& official : others(fact.security_officials, {fact.requester.account})) {
    teller.tell(official, NotificationKind::role_request_reminder,
                EmailTemplate::role_request_reminder,
                "Role request of " + shown(fact.requester) + " is waiting",
                "The request of " + shown(fact.requester) + " for the role " + what +
                    " still waits for a decision.");
  }
  return teller.telling;
}

Telling tell_escalated(const RoleRequestFact& fact, const std::string& what) {
  return {.notifications = {{.recipient = fact.requester.account,
                             .kind = NotificationKind::role_request_escalated,
                             .title = "The service center will look at your role request",
                             .text = "Your request for the role " + what +
                                     " went to the service center, because nobody at the "
                                     "organization has decided it.",
                             .organization = fact.organization.id,
                             .role_request = fact.role_request,
                             .membership = std::nullopt}},
          .emails = {},
          .resolved = std::nullopt};
}

Telling tell_reopened(const RoleRequestFact& fact, Teller teller, const std::string& what) {
  const Person& reopener = fact.decided_by.value();
  teller.tell(fact.requester.account, NotificationKind::role_request_reopened,
              EmailTemplate::role_request_reopened, "Role request reopened",
              with_reason(shown(reopener) + " reopened your request for the role " + what +
                              ". It waits for a decision again.",
                          fact.reason));
  for (const auto& official : others(fact.security_officials, {fact.requester.account})) {
    teller.tell(official, NotificationKind::role_request_received,
                EmailTemplate::role_request_to_decide_again, "Role request to decide again",
                with_reason((official == reopener.account ? "You" : shown(reopener)) +
                                " reopened the request of " + shown(fact.requester) +
                                " for the role " + what + ". It waits for a decision again.",
                            fact.reason));
  }
  return teller.telling;
}

Telling tell_fact(const RoleRequestFact& fact) {
  const std::string role(name_of(fact.role));
  const std::string what = role + " at " + fact.organization.name;
  Teller teller(fact.organization.id, fact.role_request, std::nullopt,
                {{"organizationName", fact.organization.name},
                 {"roleName", role},
                 {"requesterName", shown(fact.requester)},
                 {"deciderName", fact.decided_by ? shown(*fact.decided_by) : ""},
                 {"verdict", fact.act == RoleRequestAct::approved ? "approved" : "denied"},
                 {"reason", fact.reason}});
  switch (fact.act) {
    case RoleRequestAct::created: return tell_received(fact, std::move(teller), what);
    case RoleRequestAct::approved:
    case RoleRequestAct::denied: return tell_decided(fact, std::move(teller), what);
    case RoleRequestAct::reopened: return tell_reopened(fact, std::move(teller), what);
    case RoleRequestAct::reminder_due: return tell_reminded(fact, std::move(teller), what);
    case RoleRequestAct::escalated: return tell_escalated(fact, what);
    case RoleRequestAct::withdrawn:
    case RoleRequestAct::expired:
    case RoleRequestAct::superseded:
      return {.notifications = {}, .emails = {}, .resolved = fact.role_request};
  }
  std::abort();  // not an enumerator
}

Telling tell_fact(const MembershipRemoved& fact) {
  const std::string role(name_of(fact.role));
  const std::string what = role + " at " + fact.organization.name;
  Teller teller(fact.organization.id, std::nullopt, fact.membership,
                {{"organizationName", fact.organization.name},
                 {"roleName", role},
                 {"memberName", shown(fact.member)},
                 {"removerName", shown(fact.removed_by)},
                 {"reason", fact.reason}});
  teller.tell(
      fact.member.account, NotificationKind::access_removed, EmailTemplate::access_removed,
      "Access removed",
      with_reason(shown(fact.removed_by) + " removed your access as " + what + ".", fact.reason));
  teller.tell(fact.removed_by.account, NotificationKind::access_removed_by_you,
              EmailTemplate::access_removed_by_you, "You removed access",
              with_reason("You removed the access of " + shown(fact.member) + " as " + what + ".",
                          fact.reason));
  for (const auto& official :
       others(fact.security_officials, {fact.member.account, fact.removed_by.account})) {
    teller.tell(official, NotificationKind::member_removed, EmailTemplate::member_removed,
                "Member removed",
                with_reason(shown(fact.removed_by) + " removed the access of " +
                                shown(fact.member) + " as " + what + ".",
                            fact.reason));
  }
  return teller.telling;
}

std::string counted(std::int64_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

Telling tell_fact(const DigestDue& fact) {
  std::string lines;
  for (const auto& [organization, pending_count] : fact.organizations) {
    lines += organization.name + ": " + std::to_string(pending_count) + "\n";
  }
  const auto left_out =
      fact.organization_count - static_cast<std::int64_t>(fact.organizations.size());
  if (left_out > 0) lines += "and " + counted(left_out, "other", "others") + "\n";
  return {.notifications = {},
          .emails = {{.recipient = fact.official,
                      .email_template = EmailTemplate::weekly_digest,
                      .values = {{"pendingCount",
                                  counted(fact.pending_count, "role request", "role requests")},
                                 {"verb", fact.pending_count == 1 ? "waits" : "wait"},
                                 {"organizationCount", counted(fact.organization_count,
                                                               "organization", "organizations")},
                                 {"organizations", lines}},
                      .address = std::nullopt,
                      .expires_at = std::nullopt}},
          .resolved = std::nullopt};
}

Telling tell_fact(const SingleSecurityOfficial& fact) {
  Teller teller(fact.organization.id, std::nullopt, std::nullopt,
                {{"organizationName", fact.organization.name}});
  teller.tell(fact.official, NotificationKind::single_security_official,
              EmailTemplate::single_security_official, "You are the only Security Official",
              "You are the only Security Official of " + fact.organization.name +
                  ". Consider a second one.");
  return teller.telling;
}

Telling tell_fact(const RegistrationChanged& fact) {
  const std::string program =
      std::string(name_of(fact.program)) + " " + std::to_string(fact.performance_year);
  const std::string state = fact.registered ? "registered" : "no longer registered";
  Teller teller(fact.organization.id, std::nullopt, std::nullopt,
                {{"organizationName", fact.organization.name},
                 {"program", program},
                 {"state", state},
                 {"changerName", shown(fact.changed_by)}});
  for (const auto& official : others(fact.security_officials, {fact.changed_by.account})) {
    teller.tell(official, NotificationKind::registration_changed,
                EmailTemplate::registration_changed, "Registration changed",
                shown(fact.changed_by) + " changed a registration: " + fact.organization.name +
                    " is " + state + " for " + program + ".");
  }
  return teller.telling;
}

Telling tell_fact(const MembershipGranted& fact) {
  const std::string role(name_of(fact.role));
  const std::string what = role + " at " + fact.organization.name;
  const std::string granter = fact.granted_by ? shown(*fact.granted_by) : "";
  const std::string how =
      fact.granted_by ? granter + " gave you the role " : "You now hold the role ";
  Teller teller(fact.organization.id, std::nullopt, fact.membership,
                {{"organizationName", fact.organization.name},
                 {"roleName", role},
                 {"memberName", shown(fact.member)},
                 {"granterName", granter},
                 {"reason", fact.reason}});
  teller.tell(fact.member.account, NotificationKind::access_granted, EmailTemplate::access_granted,
              "Access granted", with_reason(how + what + ".", fact.reason));
  for (const auto& official : others(fact.security_officials, {fact.member.account})) {
    teller.tell(official, NotificationKind::member_added, EmailTemplate::member_added,
                "Member added",
                with_reason(shown(fact.member) + " now holds the role " + what + ".", fact.reason));
  }
  return teller.telling;
}

}  // namespace

std::string_view to_text(NotificationKind kind) {
  switch (kind) {
    case NotificationKind::role_request_received: return "roleRequestReceived";
    case NotificationKind::role_request_approved: return "roleRequestApproved";
    case NotificationKind::role_request_denied: return "roleRequestDenied";
    case NotificationKind::role_request_decided_by_you: return "roleRequestDecidedByYou";
    case NotificationKind::role_request_reopened: return "roleRequestReopened";
    case NotificationKind::access_removed: return "accessRemoved";
    case NotificationKind::access_removed_by_you: return "accessRemovedByYou";
    case NotificationKind::member_removed: return "memberRemoved";
    case NotificationKind::role_request_reminder: return "roleRequestReminder";
    case NotificationKind::role_request_escalated: return "roleRequestEscalated";
    case NotificationKind::single_security_official: return "singleSecurityOfficial";
    case NotificationKind::registration_changed: return "registrationChanged";
    case NotificationKind::access_granted: return "accessGranted";
    case NotificationKind::member_added: return "memberAdded";
  }
  std::abort();  // not an enumerator
}

std::optional<NotificationKind> parse_notification_kind(std::string_view text) {
  using enum NotificationKind;
  for (const auto kind :
       {role_request_received, role_request_approved, role_request_denied,
        role_request_decided_by_you, role_request_reopened, access_removed, access_removed_by_you,
        member_removed, role_request_reminder, role_request_escalated, single_security_official,
        registration_changed, access_granted, member_added}) {
    if (to_text(kind) == text) return kind;
  }
  return std::nullopt;
}

std::string_view to_text(EmailTemplate email_template) {
  switch (email_template) {
    case EmailTemplate::role_request_received: return "roleRequestReceived";
    case EmailTemplate::role_request_approved: return "roleRequestApproved";
    case EmailTemplate::role_request_denied: return "roleRequestDenied";
    case EmailTemplate::role_request_decided_by_you: return "roleRequestDecidedByYou";
    case EmailTemplate::role_request_reopened: return "roleRequestReopened";
    case EmailTemplate::role_request_to_decide_again: return "roleRequestToDecideAgain";
    case EmailTemplate::access_removed: return "accessRemoved";
    case EmailTemplate::access_removed_by_you: return "accessRemovedByYou";
    case EmailTemplate::member_removed: return "memberRemoved";
    case EmailTemplate::role_request_reminder: return "roleRequestReminder";
    case EmailTemplate::weekly_digest: return "weeklyDigest";
    case EmailTemplate::single_security_official: return "singleSecurityOfficial";
    case EmailTemplate::registration_changed: return "registrationChanged";
    case EmailTemplate::access_granted: return "accessGranted";
    case EmailTemplate::member_added: return "memberAdded";
    case EmailTemplate::verification_code: return "verificationCode";
    case EmailTemplate::sign_in_code: return "signInCode";
    case EmailTemplate::account_locked: return "accountLocked";
    case EmailTemplate::password_changed: return "passwordChanged";
    case EmailTemplate::totp_enrolled: return "totpEnrolled";
    case EmailTemplate::recovery_code_used: return "recoveryCodeUsed";
  }
  std::abort();  // not an enumerator
}

std::optional<EmailTemplate> parse_email_template(std::string_view text) {
  for (const auto email_template : all_email_templates) {
    if (to_text(email_template) == text) return email_template;
  }
  return std::nullopt;
}

Telling tell(const Fact& fact) {
  return std::visit([](const auto& known) { return tell_fact(known); }, fact);
}

}  // namespace notification
