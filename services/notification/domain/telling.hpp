#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "notification/domain/fact.hpp"
#include "notification/domain/ids.hpp"

namespace notification {

/// What a notification in the application is about: part of the contract.
enum class NotificationKind {
  role_request_received,        // to each Security Official of the organization, and again when
                                // it is reopened
  role_request_approved,        // to the requester
  role_request_denied,          // to the requester
  role_request_decided_by_you,  // to the decider
  role_request_reopened,        // to the requester
  access_removed,               // to the removed person
  access_removed_by_you,        // to the remover
  member_removed,               // to each other Security Official who remains
  role_request_reminder,        // to each Security Official of the organization
  role_request_escalated,       // to the requester
  single_security_official,     // to the only Security Official of an organization
  registration_changed,         // to each other Security Official
  access_granted,               // to who got a role without a request
  member_added,                 // to each other Security Official then
};

std::string_view to_text(NotificationKind kind);  // "roleRequestReceived"
std::optional<NotificationKind> parse_notification_kind(std::string_view text);

/// The emails there are; each is a pair of files in templates/, named by to_text().
enum class EmailTemplate {
  role_request_received,
  role_request_approved,
  role_request_denied,
  role_request_decided_by_you,
  role_request_reopened,
  role_request_to_decide_again,
  access_removed,
  access_removed_by_you,
  member_removed,
  role_request_reminder,
  weekly_digest,
  single_security_official,
  registration_changed,
  access_granted,
  member_added,
  verification_code,
  sign_in_code,
  account_locked,
  password_changed,
  totp_enrolled,
  recovery_code_used,
};

inline constexpr EmailTemplate all_email_templates[] = {
    EmailTemplate::role_request_received, EmailTemplate::role_request_approved,
    EmailTemplate::role_request_denied,   EmailTemplate::role_request_decided_by_you,
    EmailTemplate::role_request_reopened, EmailTemplate::role_request_to_decide_again,
    EmailTemplate::access_removed,        EmailTemplate::access_removed_by_you,
    EmailTemplate::member_removed,        EmailTemplate::role_request_reminder,
    EmailTemplate::weekly_digest,         EmailTemplate::single_security_official,
    EmailTemplate::registration_changed,  EmailTemplate::verification_code,
    EmailTemplate::sign_in_code,          EmailTemplate::account_locked,
    EmailTemplate::password_changed,      EmailTemplate::totp_enrolled,
    EmailTemplate::recovery_code_used,    EmailTemplate::access_granted,
    EmailTemplate::member_added,
};

std::string_view to_text(EmailTemplate email_template);  // "roleRequestReceived"
std::optional<EmailTemplate> parse_email_template(std::string_view text);

struct NewNotification {
  AccountId recipient;
  NotificationKind kind;
  std::string title;
  std::string text;
  OrganizationId organization;
  std::optional<RoleRequestId> role_request;
  std::optional<MembershipId> membership;
};

/// The values of a template's variables, by name.
using TemplateValues = std::map<std::string, std::string>;

struct NewEmail {
  AccountId recipient;
  EmailTemplate email_template;
  TemplateValues values;
  std::optional<std::string> address;   // else the recipient's address when it is sent
  std::optional<Timestamp> expires_at;  // after that it is no use to anybody
};

/// Who is told what about one fact.
struct Telling {
  std::vector<NewNotification> notifications;
  std::vector<NewEmail> emails;
  /// The request that waits for nobody any more: what officials were told about it is resolved.
  std::optional<RoleRequestId> resolved;
};

Telling tell(const Fact& fact);

}  // namespace notification
