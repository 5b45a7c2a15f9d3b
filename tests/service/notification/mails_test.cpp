#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <catch2/catch.hpp>

#include "notification/mail/maildir.hpp"
#include "notification/mail/smtp.hpp"
#include "support/notification_running.hpp"
#include "support/processes.hpp"
#include "support/smtp.hpp"

using namespace told;
using testing::SmtpSink;
namespace fs = std::filesystem;

namespace {

constexpr const char* thomas_address = "thomas@example.org";
constexpr const char* elizabeth_address = "elizabeth@example.org";
constexpr const char* grace_address = "grace@example.org";

database::Kind any_kind() {
  return GENERATE(from_range(testing::database_kinds()));
}

// Where the database makes no difference.
constexpr auto sqlite = database::Kind::sqlite;

std::unique_ptr<Transport> smtp(const SmtpSink& server) {
  return std::make_unique<Smtp>(SmtpOptions{.url = server.url(), .tls_required = false});
}

void introduce_all(const RunningNotification& service) {
  service.tell({account_event(thomas, thomas_address), account_event(elizabeth, elizabeth_address),
                account_event(grace, grace_address)});
}

void wait_until_parked(const RunningNotification& service, std::size_t count) {
  RunningNotification::wait_until([&] { return service.parked().size() == count; });
}

void wait_until_sent(const RunningNotification& service, int count) {
  RunningNotification::wait_until([&] {
    return service.value("SELECT COUNT(*) FROM emails WHERE status = 'sent'") ==
           std::to_string(count);
  });
}

std::string file_text(const fs::path& file) {
  std::ifstream input(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(input), {}};
}

}  // namespace

TEST_CASE("A decision is mailed to requester and decider, in text and HTML, by a real server") {
  const SmtpSink server;
  RunningNotification service(any_kind());
  service.send_by(smtp(server));
  introduce_all(service);

  service.tell({event_of(role_request(RoleRequestAct::denied))});

  const auto denied = server.wait_for_mail_to(thomas_address);
  CHECK(denied.subject == "Denied: Staff User at Acme Clinic, LLC");
  CHECK(denied.from == "no-reply@countersign.example");
  CHECK(denied.to_header == "\"Thomas Miller, MD\" <thomas@example.org>");
  CHECK(denied.text.find("Hello Thomas Miller, MD,") != std::string::npos);
  CHECK(denied.text.find("> Seen your badge.") != std::string::npos);
  CHECK(denied.text.find("1-866-288-8292 (TRS 711)") != std::string::npos);
  CHECK(denied.html.find("<strong>Acme Clinic, LLC</strong>") != std::string::npos);
  CHECK(server.wait_for_mail_to(elizabeth_address).subject ==
        "You denied a request: Staff User at Acme Clinic, LLC");
  wait_until_sent(service, 2);
  CHECK(server.mails().size() == 2);
}

TEST_CASE("A role request and a removal are mailed to everyone concerned") {
  const SmtpSink server;
  RunningNotification service(any_kind());
  service.send_by(smtp(server));
  introduce_all(service);

  service.tell({event_of(role_request(RoleRequestAct::created)), event_of(removal())});

  for (const auto* official : {elizabeth_address, grace_address}) {
    CHECK(server.wait_for_mail_to(official, "Role request").subject ==
          "Role request: Staff User at Acme Clinic, LLC");
  }
  server.wait_for_mail_to(thomas_address, "Your access to Acme Clinic, LLC was removed");
  server.wait_for_mail_to(elizabeth_address, "You removed access to Acme Clinic, LLC");
  server.wait_for_mail_to(grace_address, "A member of Acme Clinic, LLC was removed");
  wait_until_sent(service, 5);
  CHECK(server.mails().size() == 5);
}

TEST_CASE("A code goes to the address in the event, and is nowhere once it was sent") {
  const SmtpSink server;
  RunningNotification service(any_kind());
  service.send_by(smtp(server));

  service.tell({code_event(thomas, "new.address@example.org", "427613",
                           service.now() + std::chrono::minutes(10))});

  CHECK(server.wait_for_mail_to("new.address@example.org").text.find("427613") !=
        std::string::npos);
  wait_until_sent(service, 1);
  CHECK(service.value("SELECT COUNT(*) FROM emails WHERE content IS NULL AND address IS NULL") ==
        "1");
  CHECK(service.as(thomas).get("/v1/notifications/unread-count").body().at("unreadCount") == 0);
}

TEST_CASE("A code that expired before it could be sent is parked and forgotten") {
  const SmtpSink server;
  RunningNotification service(any_kind());
  service.tell(
      {code_event(thomas, thomas_address, "427613", service.now() + std::chrono::minutes(10))});
  service.put_clock_forward(std::chrono::minutes(11));

  service.send_by(smtp(server));

  wait_until_parked(service, 1);
  CHECK(service.parked()[0].at("failure") == "expired");
  CHECK(service.value("SELECT COUNT(*) FROM emails WHERE content IS NULL AND address IS NULL") ==
        "1");
  CHECK(server.mails().empty());
}

TEST_CASE("What touches the security of an account is mailed to its owner") {
  const SmtpSink server;
  RunningNotification service(sqlite);
  service.send_by(smtp(server));
  introduce_all(service);

  service.tell({security_event(thomas, "account.locked"),
                security_event(thomas, "account.passwordChanged"),
                security_event(thomas, "account.totpEnrolled"),
                security_event(thomas, "account.recoveryCodeUsed")});

  for (const char* subject : {"locked", "password was changed", "authenticator", "recovery code"}) {
    server.wait_for_mail_to(thomas_address, subject);
  }
  CHECK(service.items(thomas).empty());
}

TEST_CASE("A mail waits for an account that is not known yet, then goes to what it became") {
  const SmtpSink server;
  RunningNotification service(any_kind());
  auto options = RunningNotification::quick();
  options.retry = {.first = std::chrono::hours(1), .longest = std::chrono::hours(1)};
  service.send_by(smtp(server), options);
  service.tell({security_event(thomas, "account.passwordChanged")});
  RunningNotification::wait_until(
      [&] { return service.value("SELECT failure FROM emails") == "recipientUnknown"; });

  service.tell({account_event(thomas, thomas_address)});

  server.wait_for_mail_to(thomas_address);
}

TEST_CASE("Mail goes to the address that was told last, whatever order the news came in") {
  const SmtpSink server;
  RunningNotification service(any_kind());
  auto newer = account_event(thomas, "new@example.org", "account.changed");
  newer.time += std::chrono::minutes(1);
  service.tell({newer, account_event(thomas, "old@example.org")});
  service.send_by(smtp(server));

  service.tell({security_event(thomas, "account.passwordChanged")});

  server.wait_for([](const auto& mail) { return mail.to.front() == "new@example.org"; });
}

TEST_CASE("A mail to somebody who stays unknown is parked in the end") {
  const SmtpSink server;
  RunningNotification service(any_kind());
  service.send_by(smtp(server));
  service.tell({security_event(thomas, "account.passwordChanged")});
  RunningNotification::wait_until(
      [&] { return service.value("SELECT failure FROM emails") == "recipientUnknown"; });
  CHECK(service.parked().empty());

  service.put_clock_forward(std::chrono::hours(24 * 5));

  wait_until_parked(service, 1);
  CHECK(service.parked()[0].at("failure") == "recipientUnknown");
}

TEST_CASE("A refused mail is parked where operators see it, without its address, and not retried") {
  const SmtpSink server;
  RunningNotification service(any_kind());
  service.send_by(smtp(server));
  service.tell({account_event(thomas, "bounce@example.org"),
                account_event(elizabeth, elizabeth_address),
                event_of(role_request(RoleRequestAct::approved))});

  server.wait_for_mail_to(elizabeth_address);
  wait_until_parked(service, 1);
  const auto answer = service.as_service().get("/internal/v1/parked-emails");
  const auto parked = answer.body().at("items")[0];
  CHECK(parked.at("template") == "roleRequestApproved");
  CHECK(parked.at("accountId") == thomas.account.text());
  CHECK(parked.at("failure") == "refusedByServer 550");
  CHECK(parked.at("attempts") == 1);
  CHECK(parked.at("parkedAt").is_string());
  CHECK(answer.text.find("@") == std::string::npos);
  CHECK(answer.text.find("Thomas") == std::string::npos);
}

TEST_CASE("A mail that is put off is tried again until it is taken") {
  const SmtpSink server(SmtpSink::Options{.later_times = 3});
  RunningNotification service(any_kind());
  service.send_by(smtp(server));
  service.tell({account_event(thomas, "later@example.org"),
                security_event(thomas, "account.passwordChanged")});

  server.wait_for_mail_to("later@example.org");
  wait_until_sent(service, 1);
  CHECK(service.value("SELECT attempts FROM emails") == "4");
}

TEST_CASE("A server that keeps a mail waiting is given up for now") {
  const SmtpSink server(SmtpSink::Options{.slow = std::chrono::seconds(60)});
  RunningNotification service(sqlite);
  introduce_all(service);
  service.send_by(std::make_unique<Smtp>(SmtpOptions{
      .url = server.url(), .tls_required = false, .timeout = std::chrono::milliseconds(300)}));
  service.tell({security_event(thomas, "account.locked")});

  RunningNotification::wait_until([&] {
    return service.value("SELECT COUNT(*) FROM emails WHERE failure = 'timedOut'") == "1";
  });
  CHECK(service.parked().empty());
}

TEST_CASE("The sender stops in time, though a server keeps its mail waiting") {
  const SmtpSink server(SmtpSink::Options{.slow = std::chrono::seconds(60)});
  RunningNotification service(sqlite);
  introduce_all(service);
  service.send_by(smtp(server));
  service.tell({security_event(thomas, "account.locked")});
  RunningNotification::wait_until(
      [&] { return service.value("SELECT COUNT(*) FROM emails WHERE lease <> ''") == "1"; });

  const auto begin = std::chrono::steady_clock::now();
  service.stop_sending();

  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  CHECK(service.value("SELECT COUNT(*) FROM emails WHERE status = 'queued'") == "1");
}

TEST_CASE("One recipient whose mail loses the connection does not hold up the others") {
  const SmtpSink server;
  RunningNotification service(sqlite);
  service.send_by(smtp(server));
  service.tell({account_event(thomas, "drop@example.org"),
                account_event(elizabeth, elizabeth_address),
                event_of(role_request(RoleRequestAct::approved))});

  server.wait_for_mail_to(elizabeth_address);
  RunningNotification::wait_until([&] {
    return service.value("SELECT COUNT(*) FROM emails WHERE failure = 'connectionLost'") == "1";
  });
}

TEST_CASE(
    "While the server is away mails wait, and no time is too long, and back, it gets all of them") {
  SmtpSink server;
  RunningNotification service(any_kind());
  service.send_by(smtp(server));
  introduce_all(service);
  service.tell({event_of(role_request(RoleRequestAct::approved))});
  wait_until_sent(service, 2);
  server.stop();

  service.tell({event_of(removal())});
  RunningNotification::wait_until([&] {
    return service.value("SELECT COUNT(*) FROM emails WHERE attempts >= 2 AND status = 'queued'") !=
           "0";
  });
  service.put_clock_forward(std::chrono::hours(24 * 5));
  RunningNotification::wait_until([&] {
    return service.value("SELECT COUNT(*) FROM emails WHERE attempts >= 4 AND status = 'queued'") !=
           "0";
  });
  CHECK(service.parked().empty());
  server.start();

  wait_until_sent(service, 5);
  CHECK(server.mails().size() == 5);
}

TEST_CASE("Mails go by STARTTLS and by implicit TLS, signed in, to a server that is verified") {
  const auto tls = GENERATE(SmtpSink::Tls::starttls, SmtpSink::Tls::smtps);
  const SmtpSink server(
      SmtpSink::Options{.tls = tls, .user = "countersign", .password = "a password"});
  RunningNotification service(sqlite);
  introduce_all(service);
  service.send_by(std::make_unique<Smtp>(SmtpOptions{.url = server.url(),
                                                     .user = "countersign",
                                                     .password = "a password",
                                                     .ca_file = server.ca_file().string()}));

  service.tell({event_of(role_request(RoleRequestAct::approved)), event_of(removal())});

  wait_until_sent(service, 5);
  CHECK(server.mails().size() == 5);
}

TEST_CASE("No mail leaves for a server that cannot be trusted or does not let us in") {
  using Tls = SmtpSink::Tls;
  const auto [server_tls, password, knows_authority, failure] =
      GENERATE(table<Tls, std::string, bool, std::string>({
          {Tls::none, "right", true, "tlsFailed"},
          {Tls::starttls, "right", false, "tlsFailed"},
          {Tls::smtps, "right", false, "tlsFailed"},
          {Tls::starttls, "wrong", true, "credentialsRefused"},
      }));
  CAPTURE(failure);
  const SmtpSink server(SmtpSink::Options{
      .tls = server_tls, .user = server_tls == Tls::none ? "" : "u", .password = "right"});
  RunningNotification service(sqlite);
  introduce_all(service);
  service.send_by(std::make_unique<Smtp>(SmtpOptions{
      .url = server.url(),
      .user = server_tls == Tls::none ? "" : "u",
      .password = password,
      .ca_file = knows_authority && server_tls != Tls::none ? server.ca_file().string() : ""}));

  service.tell({security_event(thomas, "account.locked")});

  RunningNotification::wait_until(
      [&] { return service.value("SELECT failure FROM emails") == failure; });
  CHECK(server.mails().empty());
  CHECK(service.parked().empty());
}

TEST_CASE("A forged header or recipient is parked and never sent") {
  const SmtpSink server;
  RunningNotification service(any_kind());
  service.send_by(smtp(server));
  introduce_all(service);
  const std::string evil_address = GENERATE(
      as<std::string>(), "a@example.org>\r\nRCPT TO:<victim@example.org",
      "a@example.org\nBcc: victim@example.org", "<a@example.org>", "a@example.org,b@example.org");
  auto forged = role_request(RoleRequestAct::approved);
  forged.organization.name = "Acme\r\nBcc: victim@example.org";
  Person evil{AccountId::generate(), "Eve"};

  service.tell({account_event(evil, evil_address), security_event(evil, "account.locked"),
                event_of(forged), security_event(grace, "account.locked")});

  wait_until_parked(service, 3);
  for (const auto& parked : service.parked()) CHECK(parked.at("failure") == "unsafe");
  server.wait_for_mail_to(grace_address);
  CHECK(server.mails().size() == 1);
}

TEST_CASE("A hostile name stays text in the mail that a server received") {
  const SmtpSink server;
  RunningNotification service(sqlite);
  service.send_by(smtp(server));
  introduce_all(service);
  auto fact = role_request(RoleRequestAct::approved);
  fact.organization.name = "<script>alert(1)</script> Zoë's 😀 Clinic";
  fact.reason = ".\r\n.\r\nQUIT\r\n\"quoted\" <b>";

  service.tell({event_of(fact)});

  const auto mail = server.wait_for_mail_to(thomas_address);
  CHECK(mail.subject == "Approved: Staff User at <script>alert(1)</script> Zoë's 😀 Clinic");
  CHECK(mail.html.find("<script>") == std::string::npos);
  CHECK(mail.html.find("&lt;script&gt;") != std::string::npos);
  CHECK(mail.text.find("> .\n> .\n> QUIT\n> \"quoted\" <b>") != std::string::npos);
}

TEST_CASE("Two replicas send each mail once") {
  const SmtpSink server;
  RunningNotification service(any_kind());
  introduce_all(service);
  std::vector<events::Event> events;
  for (int i = 0; i < 60; ++i) events.push_back(security_event(thomas, "account.passwordChanged"));
  service.tell(events);

  service.send_by(smtp(server));
  Sender replica(service.database, smtp(server), RunningNotification::quick());

  wait_until_sent(service, 60);
  std::set<std::string> ids;
  for (const auto& mail : server.mails()) ids.insert(mail.message_id);
  CHECK(ids.size() == 60);
  CHECK(server.mails().size() == 60);
}

TEST_CASE("A mail whose sender died goes out again, with the same Message-ID") {
  const SmtpSink server;
  RunningNotification service(any_kind());
  introduce_all(service);
  service.tell({security_event(thomas, "account.locked")});
  // As a process that is killed between sending and noting it leaves the row.
  const std::string id = service.value(
      "UPDATE emails SET lease = 'dead', leased_until = " +
      std::to_string(vocabulary::to_unix(service.now() + std::chrono::hours(1))) + " RETURNING id");
  service.send_by(smtp(server));
  service.tell({security_event(grace, "account.locked")});
  server.wait_for_mail_to(grace_address);
  CHECK(server.mails().size() == 1);

  service.put_clock_forward(std::chrono::hours(2));

  CHECK(server.wait_for_mail_to(thomas_address).message_id == "<" + id + "@countersign.example>");
}

TEST_CASE("Without a mail server each mail becomes one .eml file of a maildir") {
  const testing::TemporaryFolder folder;
  const auto maildir = folder.path() / "mail";
  RunningNotification service(any_kind());
  service.send_by(std::make_unique<Maildir>(maildir));
  introduce_all(service);

  service.tell({event_of(removal())});

  wait_until_sent(service, 3);
  std::set<std::string> recipients;
  for (const auto& file : fs::directory_iterator(maildir / "new")) {
    CHECK(file.path().extension() == ".eml");
    CHECK((fs::status(file).permissions() & fs::perms::others_all) == fs::perms::none);
    const auto mail = file_text(file.path());
    CHECK(mail.find("\r\nContent-Type: multipart/alternative;") != std::string::npos);
    const auto to = mail.find("\r\nTo: ");
    const auto end = mail.find("\r\n", to + 2);
    recipients.insert(mail.substr(to + 6, end - to - 6));
  }
  CHECK(recipients == std::set<std::string>{"\"Thomas Miller, MD\" <thomas@example.org>",
                                            "Elizabeth Blackwell <elizabeth@example.org>",
                                            "Grace Hopper <grace@example.org>"});
  CHECK(fs::is_empty(maildir / "tmp"));
}

TEST_CASE("A maildir that cannot be written keeps mails waiting") {
  const testing::TemporaryFolder folder;
  RunningNotification service(sqlite);
  introduce_all(service);
  auto maildir = std::make_unique<Maildir>(folder.path() / "mail");
  fs::remove_all(folder.path() / "mail" / "tmp");
  service.send_by(std::move(maildir));

  service.tell({security_event(thomas, "account.locked")});

  RunningNotification::wait_until(
      [&] { return service.value("SELECT failure FROM emails") == "maildirNotWritable"; });
  fs::create_directories(folder.path() / "mail" / "tmp");
  wait_until_sent(service, 1);
}
