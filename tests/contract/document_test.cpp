#include <map>
#include <regex>
#include <set>
#include <string>
#include <tuple>

#include <catch2/catch.hpp>

#include "contract/operations.hpp"
#include "identity/http/problems.hpp"
#include "identity/http/routes.hpp"
#include "identity/service.hpp"
#include "membership/http/problems.hpp"
#include "membership/http/routes.hpp"
#include "membership/service.hpp"
#include "notification/http/routes.hpp"
#include "notification/service.hpp"
#include "support/databases.hpp"

namespace {

/// Service, method, path and access of each operation.
using Table = std::map<std::string, std::tuple<std::string, std::string, std::string, std::string>>;

std::string to_text(web::Access access) {
  switch (access) {
    case web::Access::anonymous: return "anonymous";
    case web::Access::person: return "person";
    case web::Access::person_with_totp: return "personWithTotp";
    case web::Access::service: return "service";
    case web::Access::partner: return "partner";
  }
  return "";
}

void add(Table& table, const std::string& service, const std::vector<web::Route>& routes) {
  for (const auto& route : routes) {
    INFO(route.operation << " is routed twice");
    CHECK(table
              .insert({route.operation,
                       {service, std::string(web::to_text(route.method)), route.path,
                        to_text(route.access)}})
              .second);
  }
}

Table routed() {
  const testing::FreshDatabase fresh(database::Kind::sqlite);
  database::Database database(fresh.url());
  Table table;

  const identity::Settings settings;
  const auto secrets = *identity::Secrets::parse(std::string(64, '7'));
  identity::Passwords passwords;
  identity::SigningKeys keys(database, secrets, settings, vocabulary::now);
  identity::Service identity_service{.database = database,
                                     .clock = vocabulary::now,
                                     .settings = settings,
                                     .secrets = secrets,
                                     .passwords = passwords,
                                     .keys = keys,
                                     .wake_relay = [] {}};
  add(table, "identity", identity::routes(identity_service));

  membership::Service membership_service{
      .database = database, .clock = vocabulary::now, .settings = {}, .wake_relay = [] {}};
  add(table, "membership", membership::routes(membership_service));

  notification::Service notification_service{.database = database};
  add(table, "notification", notification::routes(notification_service));
  return table;
}

Table documented() {
  Table table;
  for (const auto& operation : contract::operations()) {
    table[operation.id()] = {operation.service(), operation.method, operation.path,
                             operation.access()};
  }
  return table;
}

std::set<std::string> names(const std::vector<const web::ProblemType*>& types) {
  std::set<std::string> all;
  for (const auto* type : types) all.insert(type->name);
  return all;
}

std::vector<const web::ProblemType*> problem_types() {
  auto all = web::problems::all();
  for (const auto& types : {identity::problem_types(), membership::problem_types()}) {
    all.insert(all.end(), types.begin(), types.end());
  }
  return all;
}

}  // namespace

TEST_CASE("The route tables and openapi.yaml have the same operations") {
  const auto in_code = routed();
  const auto in_document = documented();
  for (const auto& [operation, row] : in_code) {
    INFO(operation << " is routed, but openapi.yaml says nothing or something else of it");
    REQUIRE(in_document.count(operation) == 1);
    CHECK(in_document.at(operation) == row);
  }
  for (const auto& [operation, row] : in_document) {
    INFO(operation << " is in openapi.yaml, but no service routes it");
    CHECK(in_code.count(operation) == 1);
  }
}

TEST_CASE("The services and openapi.yaml have the same problems") {
  std::set<std::string> in_document;
  const std::regex mention("/problems/([a-z]+(-[a-z]+)*)");
  const auto& text = api::openapi_document();
  for (std::sregex_iterator it(text.begin(), text.end(), mention), end; it != end; ++it) {
    in_document.insert((*it)[1]);
  }
  CHECK(names(problem_types()) == in_document);
}

TEST_CASE("The examples of problems have their status and title") {
  std::map<std::string, const web::ProblemType*> types;
  for (const auto* type : problem_types()) types[type->name] = type;
  int seen = 0;
  for (const auto& [name, example] : contract::document().at("components").at("examples").items()) {
    const auto& value = example.at("value");
    if (!value.contains("title") || !value.contains("requestId")) continue;
    ++seen;
    const auto type = value.at("type").get<std::string>().substr(std::string("/problems/").size());
    INFO(type);
    REQUIRE(types.count(type) == 1);
    CHECK(value.at("title") == types.at(type)->title);
    CHECK(value.at("status") == types.at(type)->status);
  }
  CHECK(seen > 20);
}
