#include "histories/service.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "auth/authenticator.hpp"
#include "histories/model.hpp"
#include "support/system.hpp"
#include "vocabulary/id.hpp"
#include "vocabulary/timestamp.hpp"

namespace histories {

namespace {

using testing::Json;

constexpr const char* issuer = "http://issuer.test";

// Half of them too few for CMS Web Interface.
int clinicians_of(std::size_t organization) {
  return organization % 2 == 0 ? 25 : 24;
}

std::string padded(std::size_t number, std::size_t digits) {
  const auto text = std::to_string(number);
  return std::string(digits - std::min(digits, text.size()), '0') + text;
}

testing::ServiceProcess::Settings with(testing::ServiceProcess::Settings settings,
                                       const std::string& database_url, const std::string& peer) {
  settings.insert({{"database-url", database_url},
                   {"issuer", issuer},
                   {"identity-url", peer},
                   {"notification-url", peer},
                   {"client-secret", "not-very-secret"},
                   {"proof-key", "a key of the tests for the clinicians"},
                   {"claims-per-account", "1000000"},
                   {"claims-per-organization", "1000000"}});
  return settings;
}

}  // namespace

Service::Service(database::Kind kind, const testing::ServiceProcess::Settings& settings)
    : database_(kind),
      neighbours_([this](const auto& request) { return answer(request); }),
      process_("membership", with(settings, database_.url(), neighbours_.url()), folder_.path()) {
  process_.command({"migrate"});
}

testing::Peer::Response Service::answer(const testing::Peer::Request& request) {
  if (request.path == "/.well-known/jwks.json") {
    return {200, Json{{"keys", {key_.to_public_jwk()}}}.dump()};
  }
  if (request.path == "/internal/v1/token") {
    return {200, R"({"access_token": "ours", "token_type": "Bearer", "expires_in": 300})"};
  }
  Json results = Json::array();
  for (const Json& event : Json::parse(request.body)) {
    results.push_back({{"id", event["id"]}, {"outcome", "taken"}});
  }
  return {200, Json{{"results", results}}.dump()};
}

std::string Service::token_of(const auth::Principal& principal, const char* audience) const {
  return auth::sign_token(
      key_, "at+jwt",
      auth::access_claims(principal, issuer, audience, vocabulary::now(), std::chrono::hours(1)));
}

std::string Service::partner_token() const {
  return token_of({.kind = auth::Principal::Kind::partner,
                   .subject = "a-partner",
                   .session = "",
                   .scopes = {"authorizationChecks"}},
                  "countersign");
}

std::vector<Person> Service::add_people(std::size_t count) {
  std::vector<Person> people;
  for (std::size_t i = 0; i < count; ++i) {
    const auto id = vocabulary::new_uuid();
    people.push_back({.account_id = id,
                      .name = "Person " + padded(i, 5),
                      .token = token_of({.kind = auth::Principal::Kind::person,
                                         .subject = id,
                                         .session = vocabulary::new_uuid(),
                                         .signed_in_with_totp = true,
                                         .scopes = {}},
                                        "countersign")});
  }

  testing::Client internal(process_.internal_url(),
                           token_of({.kind = auth::Principal::Kind::service,
                                     .subject = "identity",
                                     .session = "",
                                     .scopes = {"events"}},
                                    "membership"));
  constexpr std::size_t batch = 100;
  for (std::size_t begin = 0; begin < count; begin += batch) {
    Json events = Json::array();
    for (std::size_t i = begin; i < std::min(count, begin + batch); ++i) {
      events.push_back({{"specversion", "1.0"},
                        {"id", vocabulary::new_uuid()},
                        {"source", "/identity"},
                        {"type", "account.verified"},
                        {"subject", people[i].account_id},
                        {"time", vocabulary::to_text(vocabulary::now())},
                        {"datacontenttype", "application/json"},
                        {"data", {{"accountId", people[i].account_id}, {"name", people[i].name}}}});
    }
    const auto taken = internal.post("/internal/v1/events", events,
                                     {{"Content-Type", "application/cloudevents-batch+json"}});
    if (taken.status != 200) throw std::runtime_error("accounts were not taken: " + taken.text);
  }
  return people;
}

void Service::grant_agents(const std::vector<Person>& people) {
  database::Database database(database_.url());
  database.write([&](database::Transaction& transaction) {
    for (const auto& person : people) {
      if (!person.is_agent) continue;
      transaction.execute(
          "INSERT INTO service_center_agents (account_id, granted_at) VALUES (:account, 0)",
          {{"account", person.account_id}});
    }
  });
}

std::vector<Imported> Service::import(const std::vector<std::vector<Person>>& officials) {
  std::string file =
      "type,identifier,name,taxpayerIdentificationNumber,address,securityOfficialAccountId,"
      "clinicianCount\n";
  const auto identifier = [](std::size_t number) { return padded(number, 9); };
  for (std::size_t i = 0; i < officials.size(); ++i) {
    const std::string line = "practice," + identifier(i) + ",Clinic " + identifier(i) + "," +
                             identifier(i) + ",1 Main Street,";
    const std::string clinicians = "," + std::to_string(clinicians_of(i)) + "\n";
    if (officials[i].empty()) file += line + clinicians;
    for (const auto& official : officials[i]) file += line + official.account_id + clinicians;
  }
  process_.command({"import-organizations", "-"}, file);

  std::string clinicians =
      "taxpayerIdentificationNumber,nationalProviderIdentifier,providerTransactionAccessNumber\n";
  for (std::size_t i = 0; i < officials.size(); ++i) {
    clinicians += identifier(i) + "," + npi_on_record + "," + ptan_on_record + "\n";
  }
  process_.command({"import-clinicians", "-"}, clinicians);
  import_registration_windows();

  database::Database database(database_.url());
  std::vector<Imported> imported(officials.size());
  for (std::size_t i = 0; i < imported.size(); ++i) imported[i].clinicians = clinicians_of(i);
  database.write([](database::Transaction& transaction) {
    transaction.execute(
        "INSERT INTO registrations (organization_id, performance_year, program, status, changed_by,"
        "  changed_at, version)"
        " SELECT id, CAST(:year AS @INT@), 'cahpsForMipsSurvey', 'registered', id, 0, 1"
        "  FROM organizations",
        {{"year", closed_year}});
  });
  database.read([&](database::Transaction& transaction) {
    using Text = std::string;
    for (const auto& [number, id] :
         transaction.rows<Text, Text>("SELECT identifier, id FROM organizations")) {
      imported.at(std::stoul(number)).id = id;
      imported.at(std::stoul(number)).tin = number;
    }
    for (const auto& [number, id, account, granted_at] :
         transaction.rows<Text, Text, Text, std::int64_t>(
             "SELECT o.identifier, m.id, m.account_id, m.granted_at FROM memberships m"
             "  JOIN organizations o ON o.id = m.organization_id")) {
      imported.at(std::stoul(number))
          .officials.push_back(
              {.membership_id = id,
               .account_id = account,
               .granted_at = vocabulary::to_text(vocabulary::from_unix(granted_at))});
    }
  });
  return imported;
}

void Service::import_registration_windows() {
  std::string file = "program,performanceYear,opensAt,closesAt,minimumClinicianCount\n";
  for (const std::string program : {"cmsWebInterface", "cahpsForMipsSurvey"}) {
    const auto line = [&](int year, const std::string& closes_at) {
      file += program + "," + std::to_string(year) + ",2017-01-01T00:00:00.000Z," + closes_at +
              "-01-01T00:00:00.000Z," + std::to_string(clinicians_min(program)) + "\n";
    };
    for (int year = closed_year + 1; year <= 2100; ++year) line(year, "2101");
    line(closed_year, "2018");
  }
  process_.command({"import-registration-windows", "-"}, file);
}

std::optional<std::string> Service::fault_in_audit() {
  process_.command({"verify-audit"});
  process_.command({"replay-audit"});

  using Text = std::string;
  database::Database database(database_.url());
  return database.read([](database::Transaction& transaction) -> std::optional<std::string> {
    std::map<Text, std::map<Text, Text>> roles;  // by organization, then by active membership
    std::map<Text, std::int64_t> last_numbers;
    std::set<Text> had_official;
    for (const auto& [organization, number, operation, details] :
         transaction.rows<Text, std::int64_t, Text, Text>(
             "SELECT chain_id, number, operation, details"
             "  FROM audit_entries ORDER BY chain_id, number")) {
      const Text where = "organization " + organization + ", row " + std::to_string(number);
      if (number != ++last_numbers[organization]) return where + ": a number is left out";
      const auto change = Json::parse(details).value("membership", Json::object());
      if (change.empty()) continue;
      auto& held = roles[organization];
      const Text kind = change.at("change"), id = change.at("id");
      if (kind == "granted") held[id] = change.at("role");
      if (kind == "roleChanged") held.at(id) = change.at("to");
      if (kind == "removed" && held.erase(id) != 1) return where + ": removes nobody";
      const bool has_official = std::any_of(held.begin(), held.end(), [](const auto& each) {
        return each.second == "securityOfficial";
      });
      if (has_official) had_official.insert(organization);
      if (has_official || !had_official.contains(organization)) continue;
      if (operation != "confirmProposal") return where + ": no official left";
      had_official.erase(organization);
    }

    std::map<Text, std::map<Text, Text>> present;
    for (const auto& [organization, id, role] : transaction.rows<Text, Text, Text>(
             "SELECT organization_id, id, role FROM memberships WHERE removed_at IS NULL")) {
      present[organization][id] = role;
    }
    std::erase_if(roles, [](const auto& each) { return each.second.empty(); });
    if (present != roles) return "the audit does not tell of the members there are";
    for (const auto& [organization, officials, members] :
         transaction.rows<Text, std::int64_t, std::int64_t>(
             "SELECT id, security_official_count, member_count FROM organizations")) {
      const auto& held = present[organization];
      const auto counted = std::count_if(held.begin(), held.end(), [](const auto& each) {
        return each.second == "securityOfficial";
      });
      if (counted != officials || std::ssize(held) != members) {
        return "organization " + organization + " keeps wrong counts";
      }
    }
    return std::nullopt;
  });
}

void Service::start() {
  process_.start();
  testing::Client internal(process_.internal_url());
  if (!testing::eventually([&] { return internal.get("/readyz").status == 200; })) {
    throw std::runtime_error("membership does not get ready:\n" + process_.log());
  }
}

}  // namespace histories
