#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>

#include "api/document.hpp"
#include "auth/authenticator.hpp"
#include "auth/key_set.hpp"
#include "auth/service_token.hpp"
#include "daemon/metrics.hpp"
#include "daemon/process.hpp"
#include "database/database.hpp"
#include "events/relay.hpp"
#include "membership/audit_commands.hpp"
#include "membership/claims.hpp"
#include "membership/domain/clinician_file.hpp"
#include "membership/domain/organization_file.hpp"
#include "membership/http/act.hpp"
#include "membership/http/problems.hpp"
#include "membership/http/routes.hpp"
#include "membership/organizations.hpp"
#include "membership/registrations.hpp"
#include "membership/service.hpp"
#include "membership/service_center.hpp"
#include "membership/settings.hpp"
#include "membership/sweeper.hpp"

namespace membership {
const std::vector<database::Migration>& migrations();
}

namespace {

using namespace membership;

constexpr const char* name = "membership";

web::ServerOptions server_options(const Settings& settings, const std::string& host,
                                  std::uint16_t port) {
  return {.address = host,
          .port = port,
          .io_threads = static_cast<int>(settings.io_threads),
          .handler_threads = static_cast<int>(settings.handler_threads),
          .connections_max = static_cast<std::size_t>(settings.connections_max),
          .totp_required = settings.totp_required,
          .allowed_origins = settings.allowed_origins,
          .trusted_proxies = settings.trusted_proxies,
          .problem_types = problem_types()};
}

web::Authenticate authenticate(const Settings& settings, const char* audience, auth::KeySet& keys,
                               const vocabulary::Clock& clock) {
  return auth::Authenticator(
      {.type = "at+jwt", .issuer = settings.issuer, .audience = audience},
      [&keys](const std::string& key_id) { return keys.find(key_id); }, clock);
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

void serve(const Settings& settings) {
  const vocabulary::Clock clock = [offset = settings.clock_offset] {
    return vocabulary::now() + offset;
  };
  database::Database database(settings.database_url);
  database.migrate(migrations());
  auth::KeySet keys(settings.identity_url + "/.well-known/jwks.json");
  auth::ServiceToken token(settings.identity_url + "/internal/v1/token", settings.client_id,
                           settings.client_secret, "notification");
  events::Relay relay(database,
                      {{.name = "notification",
                        .base_url = settings.notification_url,
                        .token = [&token] { return token.get(); },
                        .forget_token = [&token] { token.forget(); }}},
                      {}, clock);
  Service service{
      .database = database, .clock = clock, .settings = settings, .wake_relay = [&relay] {
        relay.wake();
      }};
  process::Metrics metrics;
  watch(metrics, relay);
  const process::Periodic expiring("expireRoleRequests", settings.sweep_period,
                                   [&] { expire_role_requests(service); });
  const process::Periodic reminding("remindOfRoleRequests", settings.sweep_period, [&] {
    take_reminder_steps(service);
    send_digests(service);
  });
  const process::Periodic forgetting("forgetOldRows", std::chrono::minutes(10),
                                     [&] { forget_old_rows(service); });

  auto public_server = server_options(settings, settings.host, settings.port);
  public_server.openapi_document = api::openapi_document();
  public_server.on_weak_second_factor = [&](const web::Request& request, const web::Route& route) {
    record_weak_second_factor(service, request, route);
  };
  process::Listeners listeners(
      {.public_server = std::move(public_server),
       .internal_server = server_options(settings, settings.internal_host, settings.internal_port),
       .public_routes = routes(service),
       .internal_routes = internal_routes(service),
       .authenticate_public = authenticate(settings, "countersign", keys, clock),
       .authenticate_internal = authenticate(settings, name, keys, clock),
       .ready_checks = {{"database", [&] { return database.healthy(); }},
                        {"migrations", [&] { return database.ready(migrations()); }},
                        {"keys", [&] { return keys.ready(); }}}},
      metrics);
  process::wait_for_stop();
  listeners.stop();
}

std::string read_all(const std::string& path) {
  const auto all_of = [](std::istream& input) {
    return std::string{std::istreambuf_iterator<char>(input), {}};
  };
  if (path == "-") return all_of(std::cin);
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return all_of(file);
}

int change_agent(const Settings& settings, const process::SettingsReader::Command& command) {
  const auto account = AccountId::parse(command.arguments[0]);
  if (!account) throw std::runtime_error("ACCOUNT_ID is not an account id");
  const bool grants = command.name == "grant-service-center-agent";
  const Act act{.actor = "operator",
                .operation = grants ? "grantServiceCenterAgent" : "revokeServiceCenterAgent",
                .at = vocabulary::now() + settings.clock_offset,
                .request_id = ""};
  database::Database database(settings.database_url);
  database.migrate(migrations());
  const bool changed = database.write([&](database::Transaction& transaction) {
    Store store(transaction, settings.audit_key);
    return grants ? grant_service_center_agent(store, act, *account)
                  : revoke_service_center_agent(store, act, *account);
  });
  std::cout << (changed ? (grants ? "granted" : "revoked") : "unchanged") << '\n';
  return EXIT_SUCCESS;
}

int import_clinician_file(const Settings& settings, const std::string& path) {
  if (settings.proof_key.empty()) throw std::runtime_error("MEMBERSHIP_PROOF_KEY is not set");
  const auto fail = [](const std::vector<FileError>& errors) {
    for (const auto& error : errors) std::cerr << to_text(error) << '\n';
    std::cerr << "nothing was imported\n";
    return EXIT_FAILURE;
  };
  const auto lines = parse_clinician_file(read_all(path));
  if (!lines) return fail(lines.error());
  database::Database database(settings.database_url);
  database.migrate(migrations());
  const Act act{.actor = "import",
                .operation = "importClinicians",
                .at = vocabulary::now() + settings.clock_offset,
                .request_id = ""};
  const auto counts = database.write([&](database::Transaction& transaction) {
    Store store(transaction, settings.audit_key);
    auto imported = import_clinicians(store, act, *lines, settings.proof_key);
    if (!imported) transaction.undo();
    return imported;
  });
  if (!counts) return fail(counts.error());
  std::cout << "practices " << counts->practices << ", clinicians " << counts->clinicians << '\n';
  return EXIT_SUCCESS;
}

int import_file(const Settings& settings, const std::string& path) {
  const auto lines = parse_organization_file(read_all(path));
  if (!lines) {
    for (const auto& error : lines.error()) std::cerr << to_text(error) << '\n';
    std::cerr << "nothing was imported\n";
    return EXIT_FAILURE;
  }
  database::Database database(settings.database_url);
  database.migrate(migrations());
  const Act act{.actor = "import",
                .operation = "importOrganizations",
                .at = vocabulary::now() + settings.clock_offset,
                .request_id = ""};
  const auto counts = database.write([&](database::Transaction& transaction) {
    Store store(transaction, settings.audit_key);
    return import_organizations(store, act, *lines);
  });
  std::cout << "created " << counts.created << ", updated " << counts.updated << ", unchanged "
            << counts.unchanged << ", Security Officials granted "
            << counts.security_officials_granted << '\n';
  return EXIT_SUCCESS;
}

int check_counters(const Settings& settings) {
  database::Database database(settings.database_url);
  const auto miscounts = database.read(
      [](database::Transaction& transaction) { return Store(transaction).list_miscounts(); });
  for (const auto& [organization, counter, kept, counted] : miscounts) {
    std::cerr << "organization " << organization.text() << ": " << counter << " is " << kept
              << ", counted " << counted << '\n';
  }
  if (!miscounts.empty()) return EXIT_FAILURE;
  std::cout << "every counter is right\n";
  return EXIT_SUCCESS;
}

int import_windows(const Settings& settings, const std::string& path) {
  const auto lines = parse_registration_window_file(read_all(path));
  if (!lines) {
    for (const auto& error : lines.error()) std::cerr << to_text(error) << '\n';
    std::cerr << "nothing was imported\n";
    return EXIT_FAILURE;
  }
  database::Database database(settings.database_url);
  database.migrate(migrations());
  const Act act{.actor = "import",
                .operation = "importRegistrationWindows",
                .at = vocabulary::now() + settings.clock_offset,
                .request_id = ""};
  const auto changed = database.write([&](database::Transaction& transaction) {
    Store store(transaction, settings.audit_key);
    return import_registration_windows(store, act, *lines);
  });
  std::cout << "changed " << changed << " of " << lines->size() << '\n';
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) try {
  process::prepare(name);
  Settings settings;
  const auto command = read_settings(settings, argc, argv);
  if (command.name == "check-counters") return check_counters(settings);
  if (command.name == "import-registration-windows") {
    return import_windows(settings, command.arguments[0]);
  }
  if (command.name == "import-organizations") return import_file(settings, command.arguments[0]);
  if (command.name == "import-clinicians") {
    return import_clinician_file(settings, command.arguments[0]);
  }
  if (command.name == "verify-audit") return verify_audit(settings);
  if (command.name == "write-audit-checkpoint") {
    return write_audit_checkpoint(settings, command.arguments[0]);
  }
  if (command.name == "replay-audit") return replay_audit(settings);
  if (command.name == "export-audit") return export_audit(settings);
  if (command.name.ends_with("-service-center-agent")) return change_agent(settings, command);
  if (command.name == "migrate") {
    database::Database(settings.database_url).migrate(migrations());
  } else {
    serve(settings);
  }
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << name << ": " << error.what() << '\n';
  return EXIT_FAILURE;
}
