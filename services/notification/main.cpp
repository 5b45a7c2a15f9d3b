#include <cstdlib>
#include <iostream>
#include <memory>

#include "api/document.hpp"
#include "auth/authenticator.hpp"
#include "auth/key_set.hpp"
#include "daemon/log.hpp"
#include "daemon/metrics.hpp"
#include "daemon/process.hpp"
#include "events/inbox.hpp"
#include "notification/http/routes.hpp"
#include "notification/mail/maildir.hpp"
#include "notification/mail/sender.hpp"
#include "notification/mail/smtp.hpp"
#include "notification/service.hpp"
#include "notification/settings.hpp"
#include "notification/storage/store.hpp"
#include "web/idempotency.hpp"

namespace notification {
const std::vector<database::Migration>& migrations();
}

namespace {

using namespace notification;

std::unique_ptr<Transport> transport_of(const Settings& settings) {
  if (settings.smtp.url.empty()) return std::make_unique<Maildir>(settings.maildir);
  return std::make_unique<Smtp>(settings.smtp);
}

web::Authenticate authenticate(const Settings& settings, const char* audience, auth::KeySet& keys,
                               const vocabulary::Clock& clock) {
  auth::Authenticator authenticator(
      {.type = "at+jwt", .issuer = settings.issuer, .audience = audience},
      [&keys](const std::string& key_id) { return keys.find(key_id); }, clock);
  return [authenticator](std::string_view token) { return authenticator(token); };
}

void watch(process::Metrics& metrics, database::Database& database, const Sender& sender) {
  const auto counts = [&database] {
    return database.read(
        [](database::Transaction& transaction) { return Store(transaction).count_emails(); });
  };
  const auto gauge = [&](const char* name, const char* help, auto value) {
    metrics.gauge(name, help, [value]() -> double {
      try {
        return static_cast<double>(value());
      } catch (const std::exception&) {
        return -1;  // the database is away, which readiness tells
      }
    });
  };
  gauge("emails_queued", "Emails that wait to be sent.", [counts] { return counts().queued; });
  gauge("emails_parked", "Emails that will not be sent: see /internal/v1/parked-emails.",
        [counts] { return counts().parked; });
  gauge("emails_sent", "Emails sent since start.", [&sender] { return sender.totals().sent; });
  gauge("emails_deferred", "Attempts put off since start.",
        [&sender] { return sender.totals().deferred; });
  gauge("email_outages", "Attempts since start that found the mail server away.",
        [&sender] { return sender.totals().outages; });
}

void serve(const Settings& settings) {
  const vocabulary::Clock clock = [offset = settings.clock_offset] {
    return vocabulary::now() + offset;
  };
  database::Database database(settings.database_url);
  database.migrate(migrations());
  auth::KeySet keys(settings.identity_url + "/.well-known/jwks.json");
  Sender sender(database, transport_of(settings), settings.sender, clock);
  Service service{.database = database,
                  .clock = clock,
                  .contact = settings.sender.contact,
                  .wake_sender = [&sender] { sender.wake(); }};
  process::Metrics metrics;
  watch(metrics, database, sender);
  const process::Periodic forgetting("forgetOldRows", std::chrono::hours(1), [&] {
    database.write([&](database::Transaction& transaction) {
      web::forget_old_answers(transaction, clock());
      events::forget_old_events(transaction, clock());
    });
  });

  web::ServerOptions public_server = settings.public_server;
  public_server.openapi_document = api::openapi_document();
  process::Listeners listeners(
      {.public_server = std::move(public_server),
       .internal_server = settings.internal_server,
       .public_routes = routes(service),
       .internal_routes = internal_routes(service),
       .authenticate_public = authenticate(settings, "countersign", keys, clock),
       .authenticate_internal = authenticate(settings, "notification", keys, clock),
       .ready_checks = {{"database", [&] { return database.healthy(); }},
                        {"migrations", [&] { return database.ready(migrations()); }},
                        {"keys", [&] { return keys.ready(); }}}},
      metrics);
  process::wait_for_stop();
  listeners.stop(std::chrono::seconds(6));  // the mail in flight may take some more
}

}  // namespace

int main(int argc, char** argv) try {
  process::prepare("notification");
  Settings settings;
  const auto command = read_settings(settings, argc, argv);
  if (command.name == "migrate") {
    database::Database(settings.database_url).migrate(migrations());
  } else {
    serve(settings);
  }
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "notification: " << error.what() << '\n';
  return EXIT_FAILURE;
}
