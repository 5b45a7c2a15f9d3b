#include "support/system.hpp"

#include <algorithm>
#include <exception>
#include <fstream>
#include <iostream>
#include <thread>

#include <httplib.h>

#include "auth/encoding.hpp"

namespace testing {

namespace {

constexpr const char* demo_password = "a password of the tests";
constexpr const char* client_secret = "0123456789abcdef0123456789abcdef";

void show_end_of_log(const ServiceProcess& service) {
  const auto log = service.log();
  std::cerr << log.substr(log.size() - std::min<std::size_t>(log.size(), 4'000)) << '\n';
}

Json require_status(int status, const Answer& answer) {
  if (answer.status == status) return answer.body();
  throw std::runtime_error("answered " + std::to_string(answer.status) + " instead of " +
                           std::to_string(status) + ": " + answer.text);
}

}  // namespace

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds limit,
                std::chrono::milliseconds pause) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

System::System(database::Kind kind)
    : identity_database_(kind),
      membership_database_(kind),
      notification_database_(kind),
      identity("identity", {{"database-url", identity_database_.url()}}, folder_.path()),
      membership("membership", {{"database-url", membership_database_.url()}}, folder_.path()),
      notification("notification", {{"database-url", notification_database_.url()}},
                   folder_.path()) {
  for (auto* service : {&identity, &membership, &notification}) {
    service->set("issuer", identity.public_url());
  }
  identity.set("membership-url", membership.internal_url());
  identity.set("notification-url", notification.internal_url());
  identity.set("master-key", std::string(64, '7'));
  identity.set("allow-demo-accounts", "true");
  identity.set("service-clients",
               Json::array({{{"clientId", "membership"},
                             {"clientSecretSha256", auth::sha256_hex(client_secret)},
                             {"audiences", {"identity", "membership", "notification"}}}})
                   .dump());
  membership.set("identity-url", identity.internal_url());
  membership.set("notification-url", notification.internal_url());
  membership.set("client-id", "membership");
  membership.set("client-secret", client_secret);
  notification.set("identity-url", identity.internal_url());
  notification.set("smtp-url", mail.url());
  notification.set("smtp-tls", "off");
  identity.command({"migrate"});
  membership.command({"migrate"});
}

System::~System() {
  if (std::uncaught_exceptions() == 0) return;
  for (const auto* service : {&identity, &membership, &notification}) show_end_of_log(*service);
}

Person System::add_person(const std::string& user_id, const std::string& name) {
  const std::string email_address = user_id + "@example.org";
  const auto made = Json::parse(identity.command(
      {"create-demo-account", user_id, name, email_address}, std::string(demo_password) + "\n"));
  return {.account_id = made.at("accountId"),
          .user_id = user_id,
          .password = demo_password,
          .totp_secret = made.at("totpSecret"),
          .name = name,
          .email_address = email_address,
          .last_step = 0};
}

void System::add_practice(const std::string& identifier, const std::string& name,
                          const std::vector<Person>& officials) {
  for (const auto& official : officials) {
    practices_ += "practice," + identifier + ",\"" + name + "\"," + identifier +
                  ",\"1 Main Street\"," + official.account_id + "\n";
  }
}

void System::start() {
  if (!practices_.empty()) {
    const auto file = folder_.path() / "organizations.csv";
    std::ofstream(file) << "type,identifier,name,taxpayerIdentificationNumber,address,"
                           "securityOfficialAccountId\n"
                        << practices_;
    membership.command({"import-organizations", file.string()});
    practices_.clear();
  }
  for (auto* service : {&identity, &membership, &notification}) {
    if (!service->running()) service->start();
  }
}

Client System::as(Person& person, const ServiceProcess& service) {
  const std::lock_guard lock(tokens_mutex_);
  auto& token = tokens_[person.user_id];
  if (token.empty()) token = sign_in(Client(identity.public_url()), person).at("accessToken");
  return Client(service.public_url(), token);
}

std::string System::find_practice(Person& person, const std::string& identifier) {
  return require_status(
             200, membership_as(person).post("/v1/organizations/find",
                                             {{"type", "practice"}, {"identifier", identifier}}))
      .at("organization")
      .at("id");
}

std::string System::ask(Person& person, const std::string& organization_id,
                        const std::string& role) {
  auto client = membership_as(person);
  Answer answer;
  // 503 until membership has heard of the account.
  eventually([&] {
    answer =
        client.post("/v1/role-requests", {{"organizationId", organization_id}, {"role", role}});
    return answer.status != 503;
  });
  return require_status(201, answer).at("id");
}

std::string System::connect(Person& person, const std::string& organization_id,
                            const std::string& role, Person& official) {
  const auto request = ask(person, organization_id, role);
  require_status(200, membership_as(official).post("/v1/role-requests/" + request + "/approve"));
  return member(organization_id, person, official).at("id");
}

void System::remove(const std::string& membership_id, Person& official) {
  require_status(200, membership_as(official).post("/v1/memberships/" + membership_id + "/remove",
                                                   Json::object(), {{"If-Match", "*"}}));
}

Json System::member(const std::string& organization_id, const Person& person, Person& official) {
  auto client = membership_as(official);
  const auto page = require_status(
      200, client.get("/v1/organizations/" + organization_id + "/members?limit=200"));
  for (const auto& item : page.at("items")) {
    if (item.at("accountId") == person.account_id) return item;
  }
  return nullptr;
}

std::vector<Json> System::notifications(Person& person) {
  auto client = notification_as(person);
  std::vector<Json> all;
  std::string cursor;
  do {
    const auto page = require_status(200, client.get("/v1/notifications?limit=200" + cursor));
    for (const auto& item : page.at("items")) all.push_back(item);
    cursor = page.at("nextCursor").is_null()
                 ? ""
                 : "&cursor=" + page.at("nextCursor").get<std::string>();
  } while (!cursor.empty());
  return all;
}

std::string System::service_token(const std::string& audience) {
  const auto credentials = httplib::make_basic_authentication_header("membership", client_secret);
  return require_status(
             200, Client(identity.internal_url())
                      .send("POST", "/internal/v1/token",
                            "grant_type=client_credentials&audience=" + audience,
                            {credentials, {"Content-Type", "application/x-www-form-urlencoded"}}))
      .at("access_token");
}

std::string System::partner_token() {
  const auto client = Json::parse(
      identity.command({"create-partner-client", "Reporting Inc.", "authorizationChecks"}));
  const auto credentials = httplib::make_basic_authentication_header(
      client.at("clientId").get<std::string>(), client.at("clientSecret").get<std::string>());
  return require_status(
             200, Client(identity.public_url())
                      .send("POST", "/v1/token", "grant_type=client_credentials",
                            {credentials, {"Content-Type", "application/x-www-form-urlencoded"}}))
      .at("access_token");
}

}  // namespace testing
