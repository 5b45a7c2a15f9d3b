#include "notification/settings.hpp"

#include <cstddef>
#include <string>

#include "vocabulary/text.hpp"

namespace notification {

namespace {

// What cannot be said of one setting alone.
void check(const Settings& settings) {
  std::string faults;
  const auto require = [&](bool holds, const char* fault) {
    if (!holds) faults += (faults.empty() ? "" : "\n") + std::string(fault);
  };
  const SmtpOptions& smtp = settings.smtp;
  const bool implicit_tls = smtp.url.starts_with("smtps://");
  require(smtp.url.empty() || implicit_tls || smtp.url.starts_with("smtp://"),
          "smtp-url does not start with smtp:// or smtps://");
  require(smtp.user.empty() || implicit_tls || smtp.tls_required,
          "smtp-user is set, but smtp-tls is off: the password would be readable on the way");
  require(vocabulary::EmailAddress::parse(settings.sender.from).has_value(),
          "mail-from is not an email address");
  require(vocabulary::EmailAddress::parse(settings.sender.contact.email_address).has_value(),
          "support-email is not an email address");
  if (!faults.empty()) throw process::BadSettings(faults);
}

}  // namespace

process::SettingsReader::Command read_settings(Settings& settings, int argc, char** argv) {
  web::ServerOptions& server = settings.public_server;
  std::int64_t io_threads = server.io_threads;
  std::int64_t handler_threads = server.handler_threads;
  auto connections_max = static_cast<std::int64_t>(server.connections_max);
  std::string smtp_tls = "required";
  std::string client_id;
  std::string client_secret;

  process::SettingsReader reader("notification");
  reader
      .required_text("database-url", settings.database_url,
                     "sqlite:FILE or postgresql://USER@HOST/NAME")
      .address("listen", server.address, server.port, "of the public listener")
      .address("internal-listen", settings.internal_server.address, settings.internal_server.port,
               "of the internal listener")
      .list("allowed-origins", server.allowed_origins, "of front ends, for CORS")
      .list("trusted-proxies", server.trusted_proxies,
            "addresses whose X-Forwarded-For is believed")
      .boolean("totp-required", server.totp_required,
               "decisions, removals and factor changes need a session signed in with TOTP")
      .text("issuer", settings.issuer, "of access tokens")
      .text("identity-url", settings.identity_url, "identity's internal listener")
      .text("client-id", client_id, "of this service's own credential; not used yet")
      .secret("client-secret", client_secret, "of this service's own credential; not used yet")
      .integer("io-threads", io_threads, 1, 64, "that frame and dispatch")
      .integer("handler-threads", handler_threads, 1, 1'024, "that run operations")
      .integer("connections-max", connections_max, 1, 1'000'000, "of clients at a time")
      .duration("clock-offset", settings.clock_offset, "added to the system's clock, for tests")
      .text("smtp-url", settings.smtp.url, "smtp://HOST:PORT or smtps://HOST:PORT")
      .text("smtp-user", settings.smtp.user, "signs in at the SMTP server when set")
      .secret("smtp-password", settings.smtp.password, "of smtp-user")
      .text("smtp-ca-file", settings.smtp.ca_file, "PEM, else the system's authorities")
      .text("smtp-tls", smtp_tls, "required, or off: with smtp:// only")
      .duration("smtp-timeout", settings.smtp.timeout, "of one delivery")
      .text("mail-from", settings.sender.from, "the address mails come from")
      .text("maildir", settings.maildir, "where mails go without smtp-url")
      .duration("mail-retry-first", settings.sender.retry.first,
                "wait before the second attempt; doubled each time")
      .duration("mail-retry-longest", settings.sender.retry.longest, "longest wait")
      .duration("mail-give-up-after", settings.sender.give_up_after,
                "age at which a mail that was deferred is parked")
      .text("support-phone", settings.sender.contact.phone, "in mails and for front ends")
      .text("support-email", settings.sender.contact.email_address, "the same")
      .text("support-hours", settings.sender.contact.hours, "the same")
      .command("migrate", {}, "brings the database up to date");
  auto command = reader.read(argc, argv);

  if (smtp_tls != "required" && smtp_tls != "off") {
    throw process::BadSettings("smtp-tls is neither required nor off");
  }
  settings.smtp.tls_required = smtp_tls == "required";
  settings.sender.delivery_limit = settings.smtp.timeout;
  server.io_threads = static_cast<int>(io_threads);
  server.handler_threads = static_cast<int>(handler_threads);
  server.connections_max = static_cast<std::size_t>(connections_max);
  check(settings);
  return command;
}

}  // namespace notification
