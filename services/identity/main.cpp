#include <iostream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

#include "api/document.hpp"
#include "daemon/log.hpp"
#include "daemon/process.hpp"
#include "daemon/settings.hpp"
#include "events/relay.hpp"
#include "identity/demo_account.hpp"
#include "identity/http/problems.hpp"
#include "identity/http/routes.hpp"
#include "identity/partner_clients.hpp"
#include "identity/storage/migrations.hpp"
#include "identity/storage/store.hpp"
#include "web/idempotency.hpp"

namespace {

using namespace identity;

struct ProcessSettings {
  std::string database_url, master_key, service_clients = "[]", password_profile = "default";
  std::string membership_url = "http://127.0.0.1:8092";
  std::string notification_url = "http://127.0.0.1:8093";
  web::ServerOptions public_server{.port = 8081};
  web::ServerOptions internal_server{
      .port = 8091, .io_threads = 1, .handler_threads = 4, .connections_max = 1'000};
  std::int64_t io_threads = 2, handler_threads = 16, connections_max = 15'000;
  std::int64_t password_hash_slots = 0;
  std::chrono::milliseconds clock_offset{0};
  std::chrono::milliseconds access_token_lifetime = std::chrono::minutes(10);
  bool allow_demo_accounts = false;
  Settings rules;
};

process::SettingsReader::Command read_settings(ProcessSettings& settings, int argc, char** argv) {
  auto& rules = settings.rules;
  process::SettingsReader reader("identity");
  reader.required_text("database-url", settings.database_url, "sqlite:FILE or postgresql://…")
      .required_secret("master-key", settings.master_key,
                       "64 hex digits; protects TOTP secrets, codes and signing keys at rest")
      .address("listen", settings.public_server.address, settings.public_server.port,
               "where people call")
      .address("internal-listen", settings.internal_server.address, settings.internal_server.port,
               "where services and operators call")
      .list("allowed-origins", settings.public_server.allowed_origins, "of front ends (CORS)")
      .list("trusted-proxies", settings.public_server.trusted_proxies,
            "addresses whose X-Forwarded-For is believed")
      .text("issuer", rules.issuer, "claim iss of all tokens")
      .text("membership-url", settings.membership_url, "its internal listener")
      .text("notification-url", settings.notification_url, "its internal listener")
      .secret("service-clients", settings.service_clients,
              "JSON: [{\"clientId\", \"clientSecretSha256\", \"audiences\": […]}]")
      .boolean("totp-required", rules.totp_required,
               "decisions, removals and factor changes need TOTP")
      .text("password-profile", settings.password_profile, "default or cms")
      .integer("password-hash-slots", settings.password_hash_slots, 0, 256,
               "hashes at the same time; 0: one per core")
      .integer("lockout-tries", rules.account_lockout.tries_max, 1, 1'000,
               "wrong tries that lock an account")
      .integer("lockout-tries-per-network", rules.network_lockout.tries_max, 1, 1'000'000,
               "wrong tries that lock signing in from an address")
      .duration("lockout-window", rules.account_lockout.window, "in which tries are counted")
      .duration("lockout-duration", rules.account_lockout.duration, "how long a lock lasts")
      .duration("session-idle", rules.sessions.idle_max, "how long a session lasts unused")
      .duration("session-lifetime", rules.sessions.lifetime, "how long it lasts at most")
      .duration("access-token-lifetime", settings.access_token_lifetime, "of people's tokens")
      .duration("signing-key-published-before", rules.key_rotation.published_before, "it signs")
      .duration("signing-key-published-after", rules.key_rotation.published_after,
                "its successor signs")
      .integer("accounts-per-hour", rules.accounts_per_hour, 1, 1'000'000,
               "registered from one address")
      .integer("verification-codes-per-hour", rules.verification_codes_per_hour, 1, 1'000'000,
               "asked for from one address")
      .integer("io-threads", settings.io_threads, 1, 64, "that frame requests")
      .integer("handler-threads", settings.handler_threads, 1, 1'024, "that answer them")
      .integer("connections-max", settings.connections_max, 1, 1'000'000, "of the public listener")
      .duration("clock-offset", settings.clock_offset, "added to the system's clock, for tests")
      .boolean("allow-demo-accounts", settings.allow_demo_accounts,
               "whether create-demo-account works")
      .command("migrate", {}, "bring the database up to date")
      .command("rotate-signing-key", {}, "publish a new key, which signs after a while")
      .command("create-demo-account", {"USER_ID", "NAME", "EMAIL"},
               "password on stdin; prints the account id and TOTP secret as JSON")
      .command("create-partner-client", {"NAME", "SCOPE"},
               "prints the new client's id and secret as JSON; SCOPE is authorizationChecks")
      .command("revoke-partner-client", {"CLIENT_ID"}, "it gets no token any more");
  auto command = reader.read(argc, argv);

  std::string faults;
  if (const auto profile = find_password_profile(settings.password_profile)) {
    rules.password_profile = *profile;
  } else {
    faults += "password-profile is neither default nor cms\n";
  }
  try {
    rules.service_clients = parse_service_clients(settings.service_clients);
  } catch (const std::invalid_argument& error) {
    faults += std::string("service-clients ") + error.what() + "\n";
  }
  if (!Secrets::parse(settings.master_key)) faults += "master-key is not 64 hex digits\n";
  if (!faults.empty()) throw process::BadSettings(faults.substr(0, faults.size() - 1));

  rules.network_lockout.window = rules.account_lockout.window;
  rules.network_lockout.duration = rules.account_lockout.duration;
  rules.access_token_lifetime =
      std::chrono::floor<std::chrono::seconds>(settings.access_token_lifetime);
  auto& server = settings.public_server;
  server.io_threads = static_cast<int>(settings.io_threads);
  server.handler_threads = static_cast<int>(settings.handler_threads);
  server.connections_max = static_cast<std::size_t>(settings.connections_max);
  server.totp_required = rules.totp_required;
  server.problem_types = problem_types();
  server.openapi_document = api::openapi_document();
  return command;
}

void print_demo_account(const Service& service, const std::vector<std::string>& arguments) {
  const auto user_id = UserId::parse(arguments[0]);
  const auto email_address = EmailAddress::parse(arguments[2]);
  if (!user_id || !email_address) throw std::invalid_argument("bad USER_ID or EMAIL");
  std::string password;
  std::getline(std::cin, password);
  const auto& profile = service.settings.password_profile;
  if (const auto fault = find_fault(profile, password, *user_id, *email_address)) {
    throw std::invalid_argument("the password " + describe(*fault, profile));
  }
  const auto hash = service.passwords.hash(password);
  const auto created = service.database.write([&](database::Transaction& transaction) {
    return create_demo_account(service, transaction,
                               {.user_id = *user_id,
                                .password_hash = *hash,
                                .name = arguments[1],
                                .email_address = *email_address},
                               {.now = service.clock(),
                                .source_address = "127.0.0.1",
                                .request_id = "create-demo-account"});
  });
  if (!created) throw std::runtime_error(problem_of(created.error()).detail);
  std::cout << nlohmann::json{{"accountId", created->id.text()},
                              {"totpSecret", created->totp_secret}}
            << '\n';
}

void print_partner_client(const Service& service, const std::vector<std::string>& arguments) {
  const auto created = service.database.write([&](database::Transaction& transaction) {
    return create_partner_client(transaction, arguments[0], arguments[1], service.clock());
  });
  std::cout << nlohmann::json{{"clientId", created.id.text()}, {"clientSecret", created.secret}}
            << '\n';
}

void revoke_partner_client(const Service& service, const std::string& client_id) {
  const auto id = PartnerClientId::parse(client_id);
  if (!id || !service.database.write([&](database::Transaction& transaction) {
        return revoke_partner_client(transaction, *id, service.clock());
      })) {
    throw std::invalid_argument("there is no such client, or it was revoked before");
  }
}

void watch(process::Metrics& metrics, const events::Relay& relay) {
  const auto gauge = [&](const char* metric, const char* help,
                         std::int64_t events::Relay::Backlog::*member) {
    metrics.gauge(metric, help, [&relay, member]() -> double {
      try {
        return static_cast<double>(relay.backlog().*member);
      } catch (const std::exception&) {
        return -1;  // the database is away, which readiness tells
      }
    });
  };
  gauge("outbox_waiting", "Events that wait to be taken.", &events::Relay::Backlog::waiting);
  gauge("outbox_parked", "Events that a consumer keeps refusing.", &events::Relay::Backlog::parked);
}

void serve(Service& service, const ProcessSettings& settings) {
  process::Metrics metrics;
  metrics.gauge("identity_password_hashes", "Password hashes computed since the start.",
                [&] { return static_cast<double>(service.passwords.counts().hashes); });

  const auto consumer = [&](const char* name, const std::string& url) -> events::Consumer {
    return {.name = name, .base_url = url, .token = [&service, name] {
              return service.keys.sign_service_token("identity", name);
            }};
  };
  events::Relay relay(service.database,
                      {consumer("membership", settings.membership_url),
                       consumer("notification", settings.notification_url)},
                      {}, service.clock);
  service.wake_relay = [&relay] { relay.wake(); };
  watch(metrics, relay);

  const process::Periodic reload_keys("reloadKeys", std::chrono::seconds(10),
                                      [&] { service.keys.reload(); });
  const process::Periodic clean_up("cleanUp", std::chrono::minutes(10), [&] {
    const auto now = service.clock();
    service.database.write([&](database::Transaction& transaction) {
      web::forget_old_answers(transaction, now);
      Store(transaction)
          .forget_before(now - std::chrono::days(1) - settings.rules.account_lockout.window);
    });
  });

  process::Listeners listeners(
      {.public_server = settings.public_server,
       .internal_server = settings.internal_server,
       .public_routes = routes(service),
       .internal_routes = internal_routes(service),
       .authenticate_public = authenticate_people(service),
       .authenticate_internal = authenticate_services(service),
       .ready_checks = {{"database", [&] { return service.database.healthy(); }},
                        {"migrations", [&] { return service.database.ready(migrations()); }},
                        {"keys", [&] { return service.keys.ready(); }}}},
      metrics);
  process::wait_for_stop();
  listeners.stop();
}

int run(int argc, char** argv) {
  ProcessSettings settings;
  const auto command = read_settings(settings, argc, argv);
  const auto secrets = Secrets::parse(settings.master_key).value();

  database::Database database(settings.database_url);
  database.migrate(migrations());
  if (command.name == "migrate") return 0;

  const vocabulary::Clock clock = [offset = settings.clock_offset] {
    return vocabulary::now() + offset;
  };
  SigningKeys keys(database, secrets, settings.rules, clock);
  keys.create_first();
  if (command.name == "rotate-signing-key") {
    keys.rotate();
    return 0;
  }
  Passwords passwords({.slots = static_cast<int>(settings.password_hash_slots)});
  Service service{.database = database,
                  .clock = clock,
                  .settings = settings.rules,
                  .secrets = secrets,
                  .passwords = passwords,
                  .keys = keys,
                  .wake_relay = [] {}};
  if (command.name == "create-demo-account") {
    if (!settings.allow_demo_accounts) {
      throw process::BadSettings("create-demo-account needs --allow-demo-accounts true");
    }
    print_demo_account(service, command.arguments);
    return 0;
  }
  if (command.name == "create-partner-client") {
    print_partner_client(service, command.arguments);
    return 0;
  }
  if (command.name == "revoke-partner-client") {
    revoke_partner_client(service, command.arguments[0]);
    return 0;
  }
  serve(service, settings);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  process::prepare("identity");
  try {
    return run(argc, argv);
  } catch (const process::BadSettings& error) {
    std::cerr << error.what() << '\n';
    return 2;
  } catch (const database::Unavailable&) {
    std::cerr << "identity: the database does not answer\n";
    return 1;
  } catch (const std::exception& error) {
    std::cerr << "identity: " << error.what() << '\n';
    return 1;
  }
}
