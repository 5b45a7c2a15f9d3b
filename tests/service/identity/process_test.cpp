#include <mutex>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "auth/authenticator.hpp"
#include "support/http.hpp"
#include "support/peer.hpp"
#include "support/processes.hpp"

using namespace testing;
using namespace std::chrono_literals;

namespace {

const std::string demo_password = "a demonstration of words";

/// Membership and notification, as far as identity tells them.
class Peers {
 public:
  struct Told {
    std::string authorization;
    Json event;
  };

  std::string url() const { return peer_.url(); }
  std::vector<Told> told() const {
    const std::lock_guard lock(mutex_);
    return told_;
  }

 private:
  Peer::Response answer(const Peer::Request& request) {
    Json results = Json::array();
    const auto events = Json::parse(request.body);
    const std::lock_guard lock(mutex_);
    for (const auto& event : events) {
      told_.push_back({request.authorization, event});
      results.push_back({{"id", event.at("id")}, {"outcome", "taken"}});
    }
    return {200, Json{{"results", results}}.dump()};
  }

  mutable std::mutex mutex_;
  std::vector<Told> told_;
  Peer peer_{[this](const Peer::Request& request) { return answer(request); }};
};

ServiceProcess::Settings settings_in(const TemporaryFolder& folder, const std::string& peers) {
  return {{"database-url", "sqlite:" + (folder.path() / "identity.db").string()},
          {"master-key", std::string(64, 'a')},
          {"allow-demo-accounts", "true"},
          {"membership-url", peers},
          {"notification-url", peers}};
}

Person create_demo_account(ServiceProcess& identity) {
  const auto created = Json::parse(identity.command(
      {"create-demo-account", "grace.hopper", "Grace Hopper", "grace@example.test"},
      demo_password + "\n"));
  return {.account_id = created.at("accountId"),
          .user_id = "grace.hopper",
          .password = demo_password,
          .totp_secret = created.at("totpSecret"),
          .name = "Grace Hopper",
          .email_address = "grace@example.test"};
}

}  // namespace

TEST_CASE("A demo account signs in, and its facts reach the peers with identity's credential") {
  const TemporaryFolder folder;
  const Peers peers;
  ServiceProcess identity("identity", settings_in(folder, peers.url()), folder.path());
  auto person = create_demo_account(identity);
  identity.start();

  CHECK(Client(identity.internal_url()).get("/readyz").status == 200);
  const auto tokens = sign_in(Client(identity.public_url()), person);
  CHECK(tokens.at("assurance") == "totp");
  CHECK(Client(identity.public_url(), tokens.at("accessToken")).get("/v1/account").status == 200);

  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (peers.told().size() < 2 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(20ms);
  }
  const auto told = peers.told();
  REQUIRE(told.size() == 2);
  const auto jwks = Client(identity.internal_url()).get("/.well-known/jwks.json").body();
  const auto key = auth::Key::from_jwk(jwks.at("keys")[0]).value();
  std::set<std::string> audiences;
  for (const auto& [authorization, event] : told) {
    CHECK(event.at("type") == "account.verified");
    CHECK(event.at("data").at("accountId") == person.account_id);
    REQUIRE(authorization.starts_with("Bearer "));
    for (const char* audience : {"membership", "notification"}) {
      const auto principal = auth::Authenticator(
          {.type = "at+jwt", .issuer = "http://127.0.0.1:8081", .audience = audience},
          [&](const std::string&) { return key; })(authorization.substr(7));
      if (principal && principal->subject == "identity") audiences.insert(audience);
    }
  }
  CHECK(audiences == std::set<std::string>{"membership", "notification"});
  CHECK(identity.terminate() == 0);
}

TEST_CASE("A lock outlives the process, however it ends, and nothing secret is logged") {
  const TemporaryFolder folder;
  const Peers peers;
  ServiceProcess identity("identity", settings_in(folder, peers.url()), folder.path());
  const auto person = create_demo_account(identity);
  identity.start();
  const auto try_with = [&](const std::string& password) {
    return Client(identity.public_url())
        .post(
            "/v1/sign-ins",
            {{"userId", person.user_id}, {"password", password}, {"statementOfTruthVersion", "1"}})
        .status;
  };
  for (int i = 0; i < 5; ++i) CHECK(try_with("a wrong guess") == 401);
  identity.kill();
  identity.start();
  CHECK(try_with(person.password) == 401);
  CHECK(identity.terminate() == 0);

  const auto log = identity.log();
  for (const auto& secret : {person.password, person.user_id, person.email_address, person.name,
                             std::string("a wrong guess"), std::string(64, 'a')}) {
    CHECK(log.find(secret) == std::string::npos);
  }
}

TEST_CASE("A rotated signing key is published while the earlier one signs") {
  const TemporaryFolder folder;
  const Peers peers;
  ServiceProcess identity("identity", settings_in(folder, peers.url()), folder.path());
  identity.command({"migrate"});
  identity.command({"rotate-signing-key"});
  identity.start();
  const auto jwks = Client(identity.public_url()).get("/.well-known/jwks.json").body();
  CHECK(jwks.at("keys").size() == 2);
  CHECK(identity.terminate() == 0);
}

TEST_CASE("Settings that cannot be used are named, and nothing is started") {
  const TemporaryFolder folder;
  const auto settings = settings_in(folder, "http://127.0.0.1:1");
  const auto failure_with = [&](const ServiceProcess::Settings& changes) -> std::string {
    auto changed = changes;
    changed.insert(settings.begin(), settings.end());
    try {
      ServiceProcess("identity", changed, folder.path()).command({"migrate"});
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  const auto failure = failure_with(
      {{"master-key", "s3cret"}, {"service-clients", "s3cret"}, {"password-profile", "weak"}});
  CHECK_THAT(failure, Catch::Contains("master-key"));
  CHECK_THAT(failure, Catch::Contains("service-clients"));
  CHECK_THAT(failure, Catch::Contains("password-profile"));
  CHECK_THAT(failure, !Catch::Contains("s3cret"));
  CHECK_THAT(failure_with({{"lockout-tries", "0"}}), Catch::Contains("lockout-tries"));

  auto without_demo = settings;
  without_demo["allow-demo-accounts"] = "false";
  ServiceProcess identity("identity", without_demo, folder.path());
  CHECK_THROWS_WITH(
      identity.command({"create-demo-account", "grace.hopper", "Grace", "grace@example.test"},
                       demo_password),
      Catch::Contains("allow-demo-accounts"));
}
