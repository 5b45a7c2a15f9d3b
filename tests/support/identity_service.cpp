#include "support/identity_service.hpp"

#include <stdexcept>

#include "identity/http/problems.hpp"
#include "identity/http/routes.hpp"
#include "identity/storage/migrations.hpp"

namespace testing {

namespace {

const std::string master_key(64, 'a');

web::ServerOptions server_options(const identity::Settings& settings) {
  web::ServerOptions options;
  options.totp_required = settings.totp_required;
  options.trusted_proxies = {"127.0.0.1"};  // tests choose where they come from
  options.problem_types = identity::problem_types();
  options.handler_threads = 24;
  return options;
}

database::Database& migrated(database::Database& database) {
  database.migrate(identity::migrations());
  return database;
}

}  // namespace

Answer expect(int status, Answer answer) {
  if (answer.status == status) return answer;
  throw std::runtime_error("answered " + std::to_string(answer.status) + " instead of " +
                           std::to_string(status) + ": " + answer.text);
}

IdentityService::IdentityService(const std::string& database_url, Options options)
    : options_(std::move(options)),
      database_(database_url),
      secrets_(identity::Secrets::parse(master_key).value()),
      passwords_(options_.hashing),
      keys_(migrated(database_), secrets_, options_.settings,
            [clock = options_.clock] { return clock->now(); }),
      service_{.database = database_,
               .clock = [clock = options_.clock] { return clock->now(); },
               .settings = options_.settings,
               .secrets = secrets_,
               .passwords = passwords_,
               .keys = keys_,
               .wake_relay = [] {}},
      public_server_(server_options(options_.settings), identity::routes(service_),
                     identity::authenticate_people(service_)),
      internal_server_(server_options(options_.settings), identity::internal_routes(service_),
                       identity::authenticate_services(service_)) {
  keys_.create_first();
}

std::string IdentityService::public_url() const {
  return "http://127.0.0.1:" + std::to_string(public_server_.port());
}

std::string IdentityService::internal_url() const {
  return "http://127.0.0.1:" + std::to_string(internal_server_.port());
}

std::vector<Json> IdentityService::told(const std::string& consumer) {
  return database_.read([&](database::Transaction& transaction) {
    std::vector<Json> events;
    for (const auto& [event] : transaction.rows<std::string>(
             "SELECT event FROM outbox WHERE consumer = :consumer ORDER BY sequence",
             {{"consumer", consumer}})) {
      events.push_back(Json::parse(event));
    }
    return events;
  });
}

std::string IdentityService::latest_code(const std::string& account_id) {
  std::string code;
  for (const auto& event : told("notification")) {
    if (event.at("type") == "account.codeIssued" &&
        event.at("data").at("accountId") == account_id) {
      code = event.at("data").at("code");
    }
  }
  if (code.empty()) throw std::runtime_error("no code was issued");
  return code;
}

Person IdentityService::register_person(const std::string& user_id) {
  Person person{.account_id = {},
                .user_id = user_id,
                .password = "a password of " + std::string(user_id.rbegin(), user_id.rend()),
                .totp_secret = {},
                .name = "Person " + user_id,
                .email_address = user_id + "@example.test"};
  auto anonymous = client();
  person.account_id =
      expect(201, anonymous.post("/v1/accounts", {{"userId", person.user_id},
                                                  {"password", person.password},
                                                  {"name", person.name},
                                                  {"emailAddress", person.email_address}}))
          .body()
          .at("id");
  expect(200, anonymous.post("/v1/accounts/" + person.account_id + "/verify-email-address",
                             {{"code", latest_code(person.account_id)}}));
  return person;
}

Person IdentityService::register_person_with_totp(const std::string& user_id) {
  auto person = register_person(user_id);
  auto own = client(sign_in_by_email(person).at("accessToken"));
  person.totp_secret = expect(201, own.post("/v1/account/totp")).body().at("secret");
  expect(200, own.post("/v1/account/totp/confirm", {{"code", next_totp_code(person)}}));
  return person;
}

std::string IdentityService::begin_sign_in(const Person& person) {
  return expect(201, client().post("/v1/sign-ins", {{"userId", person.user_id},
                                                    {"password", person.password},
                                                    {"statementOfTruthVersion", "1"}}))
      .body()
      .at("id");
}

Json IdentityService::sign_in_by_email(const Person& person) {
  auto anonymous = client();
  const auto path = "/v1/sign-ins/" + begin_sign_in(person);
  expect(202, anonymous.post(path + "/send-code"));
  return expect(200,
                anonymous.post(path + "/second-factor",
                               {{"method", "emailCode"}, {"code", latest_code(person.account_id)}}))
      .body();
}

std::string IdentityService::next_totp_code(Person& person) {
  const auto now = [&] { return totp_step(clock().now()); };
  person.last_step = std::max(person.last_step + 1, now());
  while (now() < person.last_step) clock().advance(std::chrono::seconds(30));
  return totp_code(person.totp_secret, person.last_step);
}

Json IdentityService::sign_in_with_totp(Person& person) {
  const auto id = begin_sign_in(person);
  return expect(200, client().post("/v1/sign-ins/" + id + "/second-factor",
                                   {{"method", "totp"}, {"code", next_totp_code(person)}}))
      .body();
}

}  // namespace testing
