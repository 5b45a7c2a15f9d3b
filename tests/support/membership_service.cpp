#include "support/membership_service.hpp"

#include <atomic>
#include <future>
#include <tuple>

#include "auth/authenticator.hpp"
#include "auth/jws.hpp"
#include "membership/claims.hpp"
#include "membership/domain/organization_file.hpp"
#include "membership/http/act.hpp"
#include "membership/http/problems.hpp"
#include "membership/http/routes.hpp"
#include "membership/organizations.hpp"
#include "membership/service.hpp"
#include "membership/storage/store.hpp"
#include "membership/sweeper.hpp"
#include "support/databases.hpp"
#include "support/processes.hpp"
#include "web/server.hpp"

namespace membership {
const std::vector<database::Migration>& migrations();
}

namespace testing {

using namespace membership;

namespace {

constexpr const char* issuer = "http://issuer.test";

database::Database& migrated(database::Database& database) {
  database.migrate(migrations());
  return database;
}

web::ServerOptions options(Service& service) {
  return {.io_threads = 1,
          .handler_threads = 8,
          .problem_types = problem_types(),
          .on_weak_second_factor = [&](const web::Request& request, const web::Route& route) {
            record_weak_second_factor(service, request, route);
          }};
}

Settings default_settings() {
  Settings settings;
  settings.audit_key = audit_key;
  return settings;
}

}  // namespace

struct MembershipService::State {
  explicit State(database::Kind kind) : fresh(kind), database(fresh.url()) {}

  web::Authenticate authenticate(const char* audience) {
    return auth::Authenticator(
        {.type = "at+jwt", .issuer = issuer, .audience = audience},
        [this](const std::string& id) {
          return id == key.id() ? std::optional(key) : std::nullopt;
        },
        [this] { return now(); });
  }

  Timestamp now() const { return vocabulary::from_unix(clock.load()); }

  FreshDatabase fresh;
  database::Database database;
  auth::Key key = auth::Key::generate();
  std::atomic<std::int64_t> clock{vocabulary::to_unix(vocabulary::now())};
  int organizations = 0;
  Service service{.database = migrated(database),
                  .clock = [this] { return now(); },
                  .settings = default_settings(),
                  .wake_relay = [] {}};
  web::Server server{options(service), routes(service), authenticate("countersign")};
  web::Server internal_server{options(service), internal_routes(service),
                              authenticate("membership")};
};

MembershipService::MembershipService(database::Kind kind) : state_(std::make_unique<State>(kind)) {}

MembershipService::~MembershipService() = default;

std::string MembershipService::token_of(const auth::Principal& principal,
                                        const std::string& audience) const {
  return auth::sign_token(
      state_->key, "at+jwt",
      auth::access_claims(principal, issuer, audience, now(), std::chrono::hours(24)));
}

Client MembershipService::with_token(const std::string& token) const {
  return Client("http://127.0.0.1:" + std::to_string(state_->server.port()), token);
}

Client MembershipService::as(const AccountId& account, bool with_totp) const {
  return with_token(token_of({.kind = auth::Principal::Kind::person,
                              .subject = account.text(),
                              .session = vocabulary::new_uuid(),
                              .signed_in_with_totp = with_totp,
                              .scopes = {}},
                             "countersign"));
}

Client MembershipService::partner(const std::string& scope) const {
  return with_token(token_of({.kind = auth::Principal::Kind::partner,
                              .subject = "a-partner",
                              .session = "",
                              .scopes = {scope}},
                             "countersign"));
}

Client MembershipService::anonymous() const {
  return with_token("");
}

Client MembershipService::internal(const std::string& audience) const {
  return Client("http://127.0.0.1:" + std::to_string(state_->internal_server.port()),
                token_of({.kind = auth::Principal::Kind::service,
                          .subject = "identity",
                          .session = "",
                          .scopes = {"events"}},
                         audience));
}

Timestamp MembershipService::now() const {
  return state_->now();
}

void MembershipService::advance(std::chrono::milliseconds time) {
  state_->clock += time.count();
}

AccountId MembershipService::person(const std::string& name) {
  const auto id = AccountId::generate();
  database().write(
      [&](database::Transaction& transaction) { Store(transaction).put_account(id, name, now()); });
  return id;
}

AccountId MembershipService::agent(const std::string& name) {
  const auto id = person(name);
  database().write([&](database::Transaction& transaction) {
    Store(transaction).grant_service_center_agent(id, now());
  });
  return id;
}

Organization MembershipService::organization(const std::string& name) {
  const std::string number = std::to_string(++state_->organizations);
  const std::string tin = std::string(9 - number.size(), '0') + number;
  const Organization organization{.id = OrganizationId::generate(),
                                  .type = OrganizationType::practice,
                                  .identifier = tin,
                                  .name = name,
                                  .tin = TaxpayerIdentificationNumber::parse(tin).value(),
                                  .address = "1 Main Street, Springfield"};
  database().write(
      [&](database::Transaction& transaction) { Store(transaction).add(organization); });
  return organization;
}

Membership MembershipService::member(const Organization& organization, const AccountId& account,
                                     Role role) {
  const Membership membership{.id = MembershipId::generate(),
                              .member = account,
                              .organization = organization.id,
                              .role = role,
                              .granted_at = now(),
                              .removal = std::nullopt};
  database().write([&](database::Transaction& transaction) { Store(transaction).add(membership); });
  return membership;
}

RoleRequest MembershipService::role_request(const Organization& organization,
                                            const AccountId& requester, Role role) {
  const RoleRequest request{.id = RoleRequestId::generate(),
                            .requester = requester,
                            .organization = organization.id,
                            .role = role,
                            .requested_at = now(),
                            .expires_at = now() + std::chrono::days(30),
                            .closed_at = std::nullopt,
                            .decision = std::nullopt};
  database().write([&](database::Transaction& transaction) { Store(transaction).add(request); });
  return request;
}

std::string MembershipService::import(const std::string& csv) {
  const auto lines = parse_organization_file(csv);
  if (!lines) return to_text(lines.error().front());
  const auto counts = database().write([&](database::Transaction& transaction) {
    Store store(transaction, audit_key);
    return import_organizations(store, {"import", "importOrganizations", now(), ""}, *lines);
  });
  return "created " + std::to_string(counts.created) + ", updated " +
         std::to_string(counts.updated) + ", unchanged " + std::to_string(counts.unchanged) +
         ", granted " + std::to_string(counts.security_officials_granted);
}

Settings& MembershipService::settings() {
  return state_->service.settings;
}

std::string MembershipService::import_clinicians(const std::string& text) {
  const auto lines = parse_clinician_file(std::string(clinician_file_header) + "\n" + text);
  if (!lines) return to_text(lines.error().front());
  const auto counts = database().write([&](database::Transaction& transaction) {
    Store store(transaction, audit_key);
    auto imported = membership::import_clinicians(store, {"import", "importClinicians", now(), ""},
                                                  *lines, settings().proof_key);
    if (!imported) transaction.undo();
    return imported;
  });
  if (!counts) return to_text(counts.error().front());
  return "practices " + std::to_string(counts->practices) + ", clinicians " +
         std::to_string(counts->clinicians);
}

std::size_t MembershipService::sweep() {
  return expire_role_requests(state_->service);
}

std::size_t MembershipService::remind(std::size_t replicas) {
  std::vector<std::future<std::size_t>> swept;
  for (std::size_t i = 0; i < replicas; ++i) {
    swept.push_back(std::async(std::launch::async, [this] {
      database::Database connections(state_->fresh.url());
      Service replica{.database = connections,
                      .clock = state_->service.clock,
                      .settings = state_->service.settings,
                      .wake_relay = [] {}};
      const auto taken = take_reminder_steps(replica);
      send_digests(replica);
      return taken;
    }));
  }
  std::size_t taken = 0;
  for (auto& replica : swept) taken += replica.get();
  return taken;
}

std::vector<Json> MembershipService::events() {
  const auto rows = database().read([](database::Transaction& transaction) {
    return transaction.rows<std::string>("SELECT event FROM outbox ORDER BY sequence");
  });
  std::vector<Json> events;
  for (const auto& [event] : rows) events.push_back(Json::parse(event));
  return events;
}

std::string MembershipService::value(const std::string& sql) const {
  return state_->fresh.run(sql);
}

std::int64_t MembershipService::count(const std::string& sql) const {
  return std::stoll(value(sql));
}

const std::string& MembershipService::database_path() const {
  return state_->fresh.path();
}

database::Database& MembershipService::database() {
  return state_->database;
}

}  // namespace testing
