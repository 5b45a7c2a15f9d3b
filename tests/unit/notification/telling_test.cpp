#include "notification/domain/telling.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "support/notification_builders.hpp"

using namespace told;

namespace {

using Kinds = std::multimap<AccountId, NotificationKind>;
using Templates = std::multimap<AccountId, EmailTemplate>;

Kinds kinds_of(const Telling& telling) {
  Kinds kinds;
  for (const auto& told : telling.notifications) kinds.emplace(told.recipient, told.kind);
  return kinds;
}

Templates templates_of(const Telling& telling) {
  Templates templates;
  for (const auto& told : telling.emails) templates.emplace(told.recipient, told.email_template);
  return templates;
}

const NewNotification& told_to(const Telling& telling, const Person& person) {
  for (const auto& told : telling.notifications) {
    if (told.recipient == person.account) return told;
  }
  throw std::runtime_error("was told nothing");
}

}  // namespace

TEST_CASE(
    "Every Security Official of the organization is told of a role request, in app and mail") {
  const auto fact = role_request(RoleRequestAct::created);
  const auto telling = tell(fact);

  CHECK(kinds_of(telling) == Kinds{{elizabeth.account, NotificationKind::role_request_received},
                                   {grace.account, NotificationKind::role_request_received}});
  CHECK(templates_of(telling) ==
        Templates{{elizabeth.account, EmailTemplate::role_request_received},
                  {grace.account, EmailTemplate::role_request_received}});
  CHECK_FALSE(telling.resolved);
  CHECK(told_to(telling, grace).title == "Role request from Thomas Miller, MD");
  CHECK(told_to(telling, grace).text ==
        "Thomas Miller, MD asks for the role Staff User at Acme Clinic, LLC.");
  CHECK(told_to(telling, grace).role_request == fact.role_request);
  CHECK(told_to(telling, grace).organization == clinic.id);
}

TEST_CASE("A requester is never told of their own request, and nobody twice") {
  auto fact = role_request(RoleRequestAct::created);
  fact.security_officials = {thomas.account, grace.account, grace.account};

  const auto telling = tell(fact);

  CHECK(kinds_of(telling) == Kinds{{grace.account, NotificationKind::role_request_received}});
  CHECK(templates_of(telling) == Templates{{grace.account, EmailTemplate::role_request_received}});
}

TEST_CASE("A decision is told to the requester and confirmed to the decider, and to nobody else") {
  const auto [act, kind, email_template, verdict] =
      GENERATE(table<RoleRequestAct, NotificationKind, EmailTemplate, std::string>({
          {RoleRequestAct::approved, NotificationKind::role_request_approved,
           EmailTemplate::role_request_approved, "approved"},
          {RoleRequestAct::denied, NotificationKind::role_request_denied,
           EmailTemplate::role_request_denied, "denied"},
      }));
  const auto fact = role_request(act);
  const auto telling = tell(fact);

  CHECK(kinds_of(telling) ==
        Kinds{{thomas.account, kind},
              {elizabeth.account, NotificationKind::role_request_decided_by_you}});
  CHECK(templates_of(telling) ==
        Templates{{thomas.account, email_template},
                  {elizabeth.account, EmailTemplate::role_request_decided_by_you}});
  CHECK(telling.resolved == fact.role_request);
  CHECK(told_to(telling, thomas).text ==
        "Your request for the role Staff User at Acme Clinic, "
        "LLC was " +
            verdict + ". Reason: Seen your badge.");
  CHECK(told_to(telling, elizabeth).text ==
        "You " + verdict +
            " the request of Thomas Miller, MD for the role Staff User at Acme "
            "Clinic, LLC. Reason: Seen your badge.");
  for (const auto& email : telling.emails) {
    CHECK(email.values.at("reason") == "Seen your badge.");
    CHECK(email.values.at("verdict") == verdict);
  }
}

TEST_CASE(
    "A reopened request is told to its requester and to every official, who may decide again") {
  const auto fact = role_request(RoleRequestAct::reopened);
  const auto telling = tell(fact);

  CHECK(kinds_of(telling) == Kinds{{thomas.account, NotificationKind::role_request_reopened},
                                   {elizabeth.account, NotificationKind::role_request_received},
                                   {grace.account, NotificationKind::role_request_received}});
  CHECK(templates_of(telling) ==
        Templates{{thomas.account, EmailTemplate::role_request_reopened},
                  {elizabeth.account, EmailTemplate::role_request_to_decide_again},
                  {grace.account, EmailTemplate::role_request_to_decide_again}});
  CHECK(told_to(telling, thomas).text ==
        "Elizabeth Blackwell reopened your request for the role Staff User at Acme Clinic, LLC. It "
        "waits for a decision again. Reason: Seen your badge.");
  CHECK(told_to(telling, elizabeth).text.starts_with("You reopened the request of Thomas"));
  CHECK(told_to(telling, grace).text.starts_with("Elizabeth Blackwell reopened the request of"));
  CHECK_FALSE(telling.resolved);
}

TEST_CASE("A request that ends undecided is resolved, and nobody is told") {
  const auto act =
      GENERATE(RoleRequestAct::withdrawn, RoleRequestAct::expired, RoleRequestAct::superseded);
  const auto fact = role_request(act);
  const auto telling = tell(fact);

  CHECK(telling.notifications.empty());
  CHECK(telling.emails.empty());
  CHECK(telling.resolved == fact.role_request);
}

TEST_CASE(
    "Those who can decide are reminded of a request, in app and mail, and it is not resolved") {
  auto fact = role_request(RoleRequestAct::reminder_due);
  fact.security_officials.push_back(thomas.account);
  const auto telling = tell(fact);

  CHECK(kinds_of(telling) == Kinds{{elizabeth.account, NotificationKind::role_request_reminder},
                                   {grace.account, NotificationKind::role_request_reminder}});
  CHECK(templates_of(telling) ==
        Templates{{elizabeth.account, EmailTemplate::role_request_reminder},
                  {grace.account, EmailTemplate::role_request_reminder}});
  CHECK(told_to(telling, grace).role_request == fact.role_request);
  CHECK(told_to(telling, grace).text ==
        "The request of Thomas Miller, MD for the role Staff User at Acme Clinic, LLC still waits "
        "for a decision.");
  CHECK_FALSE(telling.resolved);
}

TEST_CASE("An escalation is told to the requester, in the application") {
  const auto fact = role_request(RoleRequestAct::escalated);
  const auto telling = tell(fact);

  CHECK(kinds_of(telling) == Kinds{{thomas.account, NotificationKind::role_request_escalated}});
  CHECK(telling.emails.empty());
  CHECK(told_to(telling, thomas).role_request == fact.role_request);
  CHECK_FALSE(telling.resolved);
}

TEST_CASE("A digest goes to its Security Official by email alone") {
  const auto telling = tell(digest());
  CHECK(telling.notifications.empty());
  CHECK(templates_of(telling) == Templates{{elizabeth.account, EmailTemplate::weekly_digest}});
}

TEST_CASE("The only Security Official is advised to have a second one, in app and mail") {
  const auto telling = tell(SingleSecurityOfficial{clinic, elizabeth.account});
  CHECK(kinds_of(telling) ==
        Kinds{{elizabeth.account, NotificationKind::single_security_official}});
  CHECK(templates_of(telling) ==
        Templates{{elizabeth.account, EmailTemplate::single_security_official}});
  CHECK(told_to(telling, elizabeth).organization == clinic.id);
}

TEST_CASE("A changed registration is told to the other Security Officials, in app and mail") {
  const auto telling = tell(registration(false));
  CHECK(kinds_of(telling) == Kinds{{grace.account, NotificationKind::registration_changed}});
  CHECK(templates_of(telling) == Templates{{grace.account, EmailTemplate::registration_changed}});
  CHECK(told_to(telling, grace).text ==
        "Elizabeth Blackwell changed a registration: Acme Clinic, LLC is no longer registered for "
        "CAHPS for MIPS Survey 2026.");
}

TEST_CASE("A removal is told to the removed person, the remover and the other officials") {
  const auto fact = removal();
  const auto telling = tell(fact);

  CHECK(kinds_of(telling) == Kinds{{thomas.account, NotificationKind::access_removed},
                                   {elizabeth.account, NotificationKind::access_removed_by_you},
                                   {grace.account, NotificationKind::member_removed}});
  CHECK(templates_of(telling) ==
        Templates{{thomas.account, EmailTemplate::access_removed},
                  {elizabeth.account, EmailTemplate::access_removed_by_you},
                  {grace.account, EmailTemplate::member_removed}});
  CHECK(told_to(telling, thomas).membership == fact.membership);
  CHECK(told_to(telling, thomas).text ==
        "Elizabeth Blackwell removed your access as Staff User at Acme Clinic, LLC. Reason: Left "
        "the clinic.");
  CHECK(told_to(telling, elizabeth).text ==
        "You removed the access of Thomas Miller, MD as Staff User at Acme Clinic, LLC. Reason: "
        "Left the clinic.");
  CHECK_FALSE(telling.resolved);
}

TEST_CASE("Who got a role without a request is told, and the other Security Officials are") {
  auto fact = grant();
  const auto telling = tell(fact);

  CHECK(kinds_of(telling) == Kinds{{thomas.account, NotificationKind::access_granted},
                                   {grace.account, NotificationKind::member_added}});
  CHECK(templates_of(telling) == Templates{{thomas.account, EmailTemplate::access_granted},
                                           {grace.account, EmailTemplate::member_added}});
  CHECK(told_to(telling, thomas).text ==
        "Service center gave you the role Security Official at Acme Clinic, LLC. Reason: The last "
        "official left.");
  fact.granted_by = std::nullopt;
  fact.reason = "";
  CHECK(told_to(tell(fact), thomas).text ==
        "You now hold the role Security Official at Acme Clinic, LLC.");
  CHECK(told_to(tell(fact), grace).text ==
        "Thomas Miller, MD now holds the role Security Official at Acme Clinic, LLC.");
}

TEST_CASE("The service center is told nothing about its own acts") {
  const Person center{service_center_account(), "Service center"};
  auto removed = removal();
  removed.removed_by = center;
  auto approved = role_request(RoleRequestAct::approved);
  approved.decided_by = center;

  CHECK(kinds_of(tell(removed)).count(center.account) == 0);
  CHECK(templates_of(tell(removed)).count(center.account) == 0);
  CHECK(told_to(tell(removed), thomas).text ==
        "Service center removed your access as Staff User at Acme Clinic, LLC. Reason: Left the "
        "clinic.");
  CHECK(kinds_of(tell(approved)).count(center.account) == 0);
  CHECK(told_to(tell(approved), thomas).kind == NotificationKind::role_request_approved);
}

TEST_CASE("A removed Security Official is told once, as the removed person") {
  auto fact = removal();
  fact.role = Role::security_official;
  fact.security_officials.push_back(thomas.account);

  CHECK(kinds_of(tell(fact)).count(thomas.account) == 1);
  CHECK(told_to(tell(fact), thomas).kind == NotificationKind::access_removed);
}

TEST_CASE("A code goes by email alone, to the address in the event, until it expires") {
  const auto [purpose, email_template] = GENERATE(table<CodePurpose, EmailTemplate>({
      {CodePurpose::verify_email_address, EmailTemplate::verification_code},
      {CodePurpose::sign_in, EmailTemplate::sign_in_code},
  }));
  const auto telling = tell(CodeIssued{.account = thomas.account,
                                       .email_address = "thomas@example.org",
                                       .code = "123456",
                                       .purpose = purpose,
                                       .expires_at = monday});

  CHECK(telling.notifications.empty());
  CHECK(templates_of(telling) == Templates{{thomas.account, email_template}});
  CHECK(telling.emails.front().address == "thomas@example.org");
  CHECK(telling.emails.front().expires_at == monday);
  CHECK(telling.emails.front().values.at("validUntil") == "2026-02-02 09:00 UTC");
}

TEST_CASE("What touches the security of an account is told by email") {
  const auto [act, email_template] = GENERATE(table<SecurityAct, EmailTemplate>({
      {SecurityAct::locked, EmailTemplate::account_locked},
      {SecurityAct::password_changed, EmailTemplate::password_changed},
      {SecurityAct::totp_enrolled, EmailTemplate::totp_enrolled},
      {SecurityAct::recovery_code_used, EmailTemplate::recovery_code_used},
  }));
  const auto telling =
      tell(SecurityFact{.account = thomas.account, .act = act, .occurred_at = monday});

  CHECK(telling.notifications.empty());
  CHECK(templates_of(telling) == Templates{{thomas.account, email_template}});
  CHECK_FALSE(telling.emails.front().address);
}

TEST_CASE("A new address or name is told to nobody") {
  const auto telling = tell(AccountFact{
      .account = thomas.account, .name = thomas.name, .email_address = "thomas@example.org"});
  CHECK(telling.notifications.empty());
  CHECK(telling.emails.empty());
}

TEST_CASE("Somebody whose name is not known yet is called a member") {
  auto fact = removal();
  fact.removed_by.name = "";
  CHECK(told_to(tell(fact), thomas).text.starts_with("A member removed your access"));
}

TEST_CASE("Every kind and template reads back from its text") {
  for (const auto email_template : all_email_templates) {
    CHECK(parse_email_template(to_text(email_template)) == email_template);
  }
  CHECK(parse_notification_kind("accessRemoved") == NotificationKind::access_removed);
  CHECK(parse_notification_kind("roleRequestReopened") == NotificationKind::role_request_reopened);
  CHECK_FALSE(parse_notification_kind("AccessRemoved"));
}
