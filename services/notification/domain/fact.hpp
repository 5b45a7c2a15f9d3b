#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "notification/domain/ids.hpp"
#include "vocabulary/timestamp.hpp"

namespace notification {

using vocabulary::Timestamp;

struct Person {
  AccountId account;
  std::string name;

  bool operator==(const Person&) const = default;
};

struct OrganizationName {
  OrganizationId id;
  std::string name;
};

enum class Role { staff_user, security_official };

std::string_view to_text(Role role);  // "staffUser"
std::optional<Role> parse_role(std::string_view text);
/// For sentences: "Staff User".
std::string_view name_of(Role role);

/// What organizations register for.
enum class Program { cms_web_interface, cahps_for_mips_survey };

std::optional<Program> parse_program(std::string_view text);  // "cmsWebInterface"
/// For sentences: "CMS Web Interface".
std::string_view name_of(Program program);

/// What another service said has happened, as this one understands it. Names and addresses are
/// kept as they came: what is unsafe in a mail is refused when that mail is composed.

/// account.verified, account.changed: how to reach a person from now on.
struct AccountFact {
  AccountId account;
  std::string name;
  std::string email_address;
};

enum class CodePurpose { verify_email_address, sign_in };

std::optional<CodePurpose> parse_code_purpose(std::string_view text);  // "verifyEmailAddress"

/// account.codeIssued. The address is the one to be proven, not yet the account's.
struct CodeIssued {
  AccountId account;
  std::string email_address;
  std::string code;
  CodePurpose purpose;
  Timestamp expires_at;
};

/// account.locked, account.passwordChanged, …
enum class SecurityAct { locked, password_changed, totp_enrolled, recovery_code_used };

struct SecurityFact {
  AccountId account;
  SecurityAct act;
  Timestamp occurred_at;
};

/// roleRequest.created, roleRequest.approved, …
enum class RoleRequestAct {
  created,
  approved,
  denied,
  withdrawn,
  expired,
  superseded,
  reopened,
  reminder_due,
  escalated,
};

struct RoleRequestFact {
  RoleRequestAct act;
  RoleRequestId role_request;
  OrganizationName organization;
  Role role;
  Person requester;
  std::vector<AccountId> security_officials;
  std::optional<Person> decided_by;  // always there when approved, denied or reopened
  std::string reason;                // may be empty
};

/// membership.removed
struct MembershipRemoved {
  MembershipId membership;
  OrganizationName organization;
  Role role;
  Person member;
  Person removed_by;
  std::vector<AccountId> security_officials;  // who remain
  std::string reason;                         // may be empty
};

/// roleRequests.digestDue: what waits for one Security Official.
struct DigestDue {
  struct Line {
    OrganizationName organization;
    std::int64_t pending_count;
  };

  AccountId official;
  std::int64_t pending_count;
  std::int64_t organization_count;
  std::vector<Line> organizations;  // not all, when there are many
};

/// organization.singleSecurityOfficial
struct SingleSecurityOfficial {
  OrganizationName organization;
  AccountId official;
};

/// registration.changed
struct RegistrationChanged {
  OrganizationName organization;
  Program program;
  std::int64_t performance_year;
  bool registered;
  Person changed_by;
  std::vector<AccountId> security_officials;
};

/// membership.granted: not by a decision on a request.
struct MembershipGranted {
  MembershipId membership;
  OrganizationName organization;
  Role role;
  Person member;
  std::optional<Person> granted_by;           // nobody where the member proved it
  std::vector<AccountId> security_officials;  // the member may be one of them
  std::string reason;                         // may be empty
};

using Fact =
    std::variant<AccountFact, CodeIssued, SecurityFact, RoleRequestFact, MembershipRemoved,
                 DigestDue, SingleSecurityOfficial, RegistrationChanged, MembershipGranted>;

/// Who acted where the service center did: nobody who reads what they are told.
const AccountId& service_center_account();

}  // namespace notification
