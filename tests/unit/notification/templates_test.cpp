#include "notification/mail/templates.hpp"

#include <map>
#include <regex>
#include <set>

#include <catch2/catch.hpp>

#include "support/notification_builders.hpp"

using namespace told;

namespace {

const SupportContact contact;

CodeIssued code(CodePurpose purpose) {
  return {.account = thomas.account,
          .email_address = "thomas@example.org",
          .code = "123456",
          .purpose = purpose,
          .expires_at = monday};
}

// One email of each template, as the domain makes it.
std::map<EmailTemplate, NewEmail> one_of_each() {
  std::map<EmailTemplate, NewEmail> emails;
  std::vector<Fact> facts{role_request(RoleRequestAct::created),
                          role_request(RoleRequestAct::approved),
                          role_request(RoleRequestAct::denied),
                          role_request(RoleRequestAct::reopened),
                          removal(),
                          role_request(RoleRequestAct::reminder_due),
                          digest(),
                          SingleSecurityOfficial{clinic, elizabeth.account},
                          registration(true),
                          grant(),
                          code(CodePurpose::verify_email_address),
                          code(CodePurpose::sign_in)};
  for (const auto act : {SecurityAct::locked, SecurityAct::password_changed,
                         SecurityAct::totp_enrolled, SecurityAct::recovery_code_used}) {
    facts.push_back(SecurityFact{.account = thomas.account, .act = act, .occurred_at = monday});
  }
  for (const auto& fact : facts) {
    for (const auto& email : tell(fact).emails) emails.emplace(email.email_template, email);
  }
  return emails;
}

std::set<std::string> variables_of(const std::string& source) {
  static const std::regex variable(R"(\{\{[#^/]?(\w+)\}\})");
  std::set<std::string> names;
  for (std::sregex_iterator it(source.begin(), source.end(), variable), end; it != end; ++it) {
    names.insert((*it)[1]);
  }
  return names;
}

RenderedMail rendered(const NewEmail& email, const std::string& recipient_name = "Ada Lovelace") {
  return render(email.email_template, email.values, recipient_name, contact).value();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("The domain fills every variable of every template") {
  const auto emails = one_of_each();
  for (const auto email_template : all_email_templates) {
    const std::string name(to_text(email_template));
    CAPTURE(name);
    REQUIRE(emails.contains(email_template));
    std::set<std::string> given{"lines",        "subject",        "recipientName",
                                "supportPhone", "teletypewriter", "supportEmailAddress",
                                "supportHours"};
    for (const auto& [variable, value] : emails.at(email_template).values) {
      if (!value.empty()) given.insert(variable);
    }
    for (const auto& file :
         {name + ".text", name + ".html", std::string("layout.text"), std::string("layout.html")}) {
      for (const auto& variable : variables_of(template_sources().at(file))) {
        INFO(file << " uses " << variable);
        CHECK(given.contains(variable));
      }
    }
  }
}

TEST_CASE(
    "Every mail greets its reader, names the service center and leaves no mark of a template") {
  for (const auto& [email_template, email] : one_of_each()) {
    CAPTURE(to_text(email_template));
    const auto mail = rendered(email);
    CHECK_FALSE(mail.subject.empty());
    for (const auto* body : {&mail.text, &mail.html}) {
      CHECK(contains(*body, "Hello Ada Lovelace,"));
      CHECK(contains(*body, "1-866-288-8292"));
      CHECK(contains(*body, "711"));
      CHECK(contains(*body, "QPP@cms.hhs.gov"));
      CHECK(contains(*body, "Monday to Friday, 8 a.m. to 8 p.m. ET"));
      CHECK_FALSE(contains(*body, "{{"));
      CHECK_FALSE(contains(*body, "}}"));
    }
    CHECK(contains(rendered(email, "").text, "Hello,"));
  }
}

TEST_CASE("Every mail says what its reader has to know") {
  using Parts = std::vector<std::string>;
  const std::map<EmailTemplate, Parts> told{
      {EmailTemplate::role_request_received,
       {"Thomas Miller, MD", "Staff User", "Acme Clinic, LLC"}},
      {EmailTemplate::role_request_approved,
       {"approved", "Staff User", "Acme Clinic, LLC", "Seen your badge."}},
      {EmailTemplate::role_request_denied,
       {"denied", "Staff User", "Acme Clinic, LLC", "Seen your badge.", "ask again"}},
      {EmailTemplate::role_request_decided_by_you,
       {"approved", "Thomas Miller, MD", "Acme Clinic, LLC", "Seen your badge."}},
      {EmailTemplate::role_request_reopened,
       {"Elizabeth Blackwell", "reopened your request", "Acme Clinic, LLC", "Seen your badge."}},
      {EmailTemplate::role_request_to_decide_again,
       {"Elizabeth Blackwell", "Thomas Miller, MD", "Acme Clinic, LLC", "Seen your badge."}},
      {EmailTemplate::access_removed,
       {"Elizabeth Blackwell", "Staff User", "Acme Clinic, LLC", "Left the clinic."}},
      {EmailTemplate::access_removed_by_you,
       {"Thomas Miller, MD", "Acme Clinic, LLC", "Left the clinic."}},
      {EmailTemplate::member_removed,
       {"Elizabeth Blackwell", "Thomas Miller, MD", "Acme Clinic, LLC", "Left the clinic."}},
      {EmailTemplate::access_granted,
       {"Security Official", "Acme Clinic, LLC", "Service center", "The last official left."}},
      {EmailTemplate::member_added,
       {"Thomas Miller, MD", "Security Official", "Acme Clinic, LLC", "Service center",
        "The last official left."}},
      {EmailTemplate::role_request_reminder,
       {"Thomas Miller, MD", "Staff User", "Acme Clinic, LLC", "still waits"}},
      {EmailTemplate::weekly_digest,
       {"23 role requests at 3 organizations wait", "Acme Clinic, LLC: 20",
        "Greenville Medical Clinic: 2", "and 1 other"}},
      {EmailTemplate::single_security_official, {"Acme Clinic, LLC", "second Security Official"}},
      {EmailTemplate::registration_changed,
       {"Elizabeth Blackwell", "Acme Clinic, LLC", "is registered for",
        "CAHPS for MIPS Survey 2026"}},
      {EmailTemplate::verification_code, {"123456", "2026-02-02 09:00 UTC"}},
      {EmailTemplate::sign_in_code, {"123456", "2026-02-02 09:00 UTC"}},
      {EmailTemplate::account_locked, {"2026-02-02 09:00 UTC", "locked"}},
      {EmailTemplate::password_changed, {"2026-02-02 09:00 UTC", "password"}},
      {EmailTemplate::totp_enrolled, {"2026-02-02 09:00 UTC", "authenticator"}},
      {EmailTemplate::recovery_code_used, {"2026-02-02 09:00 UTC", "recovery code"}},
  };
  for (const auto& [email_template, email] : one_of_each()) {
    CAPTURE(to_text(email_template));
    const auto mail = rendered(email);
    for (const auto& part : told.at(email_template)) {
      CAPTURE(part);
      CHECK(contains(mail.text, part));
      CHECK(contains(mail.html, part));
    }
  }
}

TEST_CASE("A reason that was not given is not mentioned") {
  auto fact = role_request(RoleRequestAct::denied);
  fact.reason = "";
  for (const auto& email : tell(fact).emails) {
    CHECK_FALSE(contains(rendered(email).text, "eason"));
    CHECK_FALSE(contains(rendered(email).html, "eason"));
  }
}

TEST_CASE("Every line of a reason is quoted, so that it cannot pose as the mail's own text") {
  auto fact = role_request(RoleRequestAct::denied);
  fact.reason = "No.\r\n\n--\nCall 555-0100";
  const auto mail = rendered(tell(fact).emails.front());
  CHECK(contains(mail.text, "\n> No.\n> \n> --\n> Call 555-0100\n"));
  CHECK(contains(mail.html, "No.<br>\n<br>\n--<br>\nCall 555-0100<br>\n"));
}

TEST_CASE("A digest of one request is in the singular") {
  auto fact = digest();
  fact.pending_count = fact.organization_count = 1;
  fact.organizations = {{clinic, 1}};
  const auto mail = rendered(tell(fact).emails.front());
  CHECK(mail.subject == "1 role request at 1 organization");
  CHECK(contains(mail.text, "1 role request at 1 organization waits for your decision:"));
  CHECK(contains(mail.text, "\n* Acme Clinic, LLC: 1\n"));
  CHECK_FALSE(contains(mail.text, "other"));
}

TEST_CASE("Markup and template marks in names stay text") {
  auto fact = role_request(RoleRequestAct::created);
  fact.requester.name = "<script>alert(1)</script> & {{code}}";
  fact.organization.name = "\"Bold\" <b>Clinic</b>";
  const auto mail = rendered(tell(fact).emails.front(), "<i>Ada</i>");

  CHECK(contains(mail.text, "<script>alert(1)</script> & {{code}} asks"));
  CHECK(contains(mail.html, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{code}}"));
  CHECK(contains(mail.html, "Hello &lt;i&gt;Ada&lt;/i&gt;,"));
  CHECK_FALSE(contains(mail.html, "<script>"));
  CHECK_FALSE(contains(mail.html, "<b>Clinic"));
  CHECK(mail.subject == "Role request: Staff User at \"Bold\" <b>Clinic</b>");
}

TEST_CASE("A mail with a name of several lines is not rendered") {
  const std::string forgery = "Acme\r\nBcc: all@example.org";
  auto in_organization = role_request(RoleRequestAct::approved);
  in_organization.organization.name = forgery;
  for (const auto& email : tell(in_organization).emails) {
    CHECK_FALSE(render(email.email_template, email.values, "Ada", contact));
  }
  auto in_requester = role_request(RoleRequestAct::created);
  in_requester.requester.name = forgery;
  const auto received = tell(in_requester).emails.front();
  CHECK_FALSE(render(received.email_template, received.values, "Ada", contact));

  const auto honest = tell(role_request(RoleRequestAct::created)).emails.front();
  CHECK_FALSE(render(honest.email_template, honest.values, forgery, contact));
}
