#include <future>

#include <catch2/catch.hpp>
#include <httplib.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "auth/authenticator.hpp"
#include "auth/encoding.hpp"
#include "auth/service_token.hpp"
#include "identity/partner_clients.hpp"
#include "identity/storage/migrations.hpp"
#include "support/databases.hpp"
#include "support/identity_service.hpp"

using namespace testing;
using namespace std::chrono_literals;

namespace {

struct Token {
  Json header, claims;
};

Token read_token(const std::string& token) {
  const auto first = token.find('.'), last = token.rfind('.');
  return {Json::parse(auth::from_base64url(token.substr(0, first)).value()),
          Json::parse(auth::from_base64url(token.substr(first + 1, last - first - 1)).value())};
}

std::string signing_input(const Json& header, const Json& claims) {
  return auth::to_base64url(header.dump()) + "." + auth::to_base64url(claims.dump());
}

std::string hs256(const std::string& key, const std::string& input) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(input.data()), input.size(), mac, &size);
  return input + "." + auth::to_base64url(std::string(reinterpret_cast<const char*>(mac), size));
}

std::vector<identity::ServiceClient> membership_client() {
  return {{.id = "membership",
           .secret_sha256 = auth::sha256_hex("a secret of membership"),
           .audiences = {"notification", "identity"}}};
}

// Sent as it is: this endpoint speaks OAuth, not problems.
httplib::Result ask_for_token(IdentityService& identity, const std::string& id,
                              const std::string& secret, const std::string& form,
                              const std::string& type = "application/x-www-form-urlencoded") {
  httplib::Client client(identity.internal_url());
  client.set_basic_auth(id, secret);
  return client.Post("/internal/v1/token", form, type);
}

const std::string good_form = "grant_type=client_credentials&audience=notification";

}  // namespace

TEST_CASE("An access token says who, how and for whom, and never what role") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto person = identity.register_person_with_totp("grace.hopper");
  const auto tokens = identity.sign_in_with_totp(person);
  const auto [header, claims] = read_token(tokens.at("accessToken"));
  const auto jwks = expect(200, identity.client().get("/.well-known/jwks.json")).body();

  CHECK(header == Json{{"alg", "ES256"}, {"typ", "at+jwt"}, {"kid", jwks.at("keys")[0].at("kid")}});
  const auto now =
      std::chrono::floor<std::chrono::seconds>(identity.clock().now()).time_since_epoch().count();
  CHECK(claims.at("iss") == "http://127.0.0.1:8081");
  CHECK(claims.at("aud") == "countersign");
  CHECK(claims.at("sub") == person.account_id);
  CHECK(claims.at("sid") == tokens.at("sessionId"));
  CHECK(claims.at("acr") == "totp");
  CHECK(claims.at("iat") == now);
  CHECK(claims.at("exp") == now + 600);
  CHECK(claims.size() == 8);  // and jti
  CHECK(read_token(identity.sign_in_by_email(person).at("accessToken")).claims.at("acr") ==
        "email");
  CHECK(jwks == identity.internal_client().get("/.well-known/jwks.json").body());
  CHECK_FALSE(jwks.at("keys")[0].contains("d"));
}

TEST_CASE("Forged, foreign and expired tokens are refused") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url(), {.settings = {.service_clients = membership_client()}});
  const auto tokens = identity.sign_in_by_email(identity.register_person("grace.hopper"));
  const std::string good = tokens.at("accessToken");
  const auto [header, claims] = read_token(good);
  const auto status_of = [&](const std::string& token) {
    return identity.client(token).get("/v1/account").status;
  };
  REQUIRE(status_of(good) == 200);

  const auto jwks = identity.service().keys.to_jwks();
  const auto key = identity.service().keys.find(header.at("kid")).value();
  const auto attacker = auth::Key::generate();
  const auto altered = [](Json json, const char* name, const Json& value) {
    json[name] = value;
    return json;
  };
  // Signed by the real key: only the named thing is wrong.
  const auto with_claim = [&](const char* name, const Json& value) {
    return auth::sign_token(key, "at+jwt", altered(claims, name, value));
  };
  REQUIRE(status_of(with_claim("jti", "another")) == 200);

  std::vector<std::pair<const char*, std::string>> bad;
  for (const char* none : {"none", "None", "NONE"}) {
    bad.emplace_back("alg none", signing_input(altered(header, "alg", none), claims) + ".");
  }
  const auto hs_input = signing_input(altered(header, "alg", "HS256"), claims);
  bad.emplace_back("HS256 with the public key", hs256(jwks.at("keys")[0].dump(), hs_input));
  bad.emplace_back("HS256 with its x", hs256(jwks.at("keys")[0].at("x"), hs_input));
  bad.emplace_back("expired", with_claim("exp", claims.at("iat").get<std::int64_t>() - 60));
  bad.emplace_back("no exp", [&] {
    auto without = claims;
    without.erase("exp");
    return auth::sign_token(key, "at+jwt", without);
  }());
  bad.emplace_back("audience", with_claim("aud", "membership"));
  bad.emplace_back("issuer", with_claim("iss", "http://127.0.0.1:8082"));
  bad.emplace_back("type", auth::sign_token(key, "JWT", claims));
  bad.emplace_back("subject", with_claim("sub", vocabulary::new_uuid()));
  bad.emplace_back("session", with_claim("sid", vocabulary::new_uuid()));
  bad.emplace_back("session that is no id", with_claim("sid", "' OR 1=1 --"));
  bad.emplace_back("foreign key", auth::sign_token(attacker, "at+jwt", claims));
  for (const Json& kid : {Json(""), Json("../../etc/passwd"), Json("' OR '1'='1"), Json(7),
                          Json(nullptr), Json(attacker.id())}) {
    const auto input = signing_input(altered(header, "kid", kid), claims);
    bad.emplace_back("kid", input + "." + auth::to_base64url(attacker.sign(input)));
    bad.emplace_back("kid, right key", input + "." + auth::to_base64url(key.sign(input)));
  }
  {
    auto own_key = header;
    own_key["jwk"] = attacker.to_public_jwk();
    own_key["kid"] = attacker.id();
    const auto input = signing_input(own_key, claims);
    bad.emplace_back("brings its key", input + "." + auth::to_base64url(attacker.sign(input)));
  }
  bad.emplace_back("changed", good.substr(0, good.size() - 4) + "AAAA");
  bad.emplace_back("cut", good.substr(0, good.rfind('.')));
  for (const char* audience : {"membership", "identity"}) {  // a service is not a person
    bad.emplace_back("service token", identity.service().keys.sign_service_token("x", audience));
  }
  for (const auto& [what, token] : bad) {
    CAPTURE(what);
    const auto answer = identity.client(token).get("/v1/account");
    CHECK(answer.status == 401);
    CHECK(answer.problem() == "unauthenticated");
    CHECK(answer.header("www-authenticate").starts_with("Bearer"));
  }
  CHECK(identity.client().get("/v1/account").status == 401);

  identity.clock().advance(11min);
  CHECK(status_of(good) == 401);
}

TEST_CASE("A new signing key is published before it signs, the old one until its tokens expire") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto& keys = identity.service().keys;
  const auto person = identity.register_person("grace.hopper");
  const auto kid_of = [&] {
    return read_token(identity.sign_in_by_email(person).at("accessToken"))
        .header.at("kid")
        .get<std::string>();
  };
  const auto published = [&] {
    std::vector<std::string> kids;
    const auto jwks = keys.to_jwks();
    for (const auto& key : jwks.at("keys")) kids.push_back(key.at("kid"));
    return kids;
  };
  const auto first = kid_of();
  CHECK(published() == std::vector{first});

  keys.rotate();
  REQUIRE(published().size() == 2);
  const auto second = published()[1];
  CHECK(kid_of() == first);
  identity.clock().advance(15min - 1ms);
  CHECK(kid_of() == first);
  identity.clock().advance(1ms);
  CHECK(kid_of() == second);
  CHECK(published() == std::vector{first, second});
  identity.clock().advance(1h);
  CHECK(published() == std::vector{second});
  CHECK(kid_of() == second);
}

TEST_CASE("Replicas that start at the same time make one signing key, and share it") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  const auto clock = std::make_shared<VirtualClock>();
  std::vector<std::future<std::unique_ptr<IdentityService>>> starting;
  for (int i = 0; i < 4; ++i) {
    starting.push_back(std::async(std::launch::async, [&] {
      return std::make_unique<IdentityService>(database.url(),
                                               IdentityService::Options{.clock = clock});
    }));
  }
  std::vector<std::unique_ptr<IdentityService>> replicas;
  for (auto& each : starting) replicas.push_back(each.get());
  CHECK(database.run("SELECT count(*) FROM signing_keys") == "1");
  CHECK(database.run("SELECT sealed_private_key FROM signing_keys").find("PRIVATE") ==
        std::string::npos);

  const auto person = replicas[0]->register_person("grace.hopper");
  const auto tokens = replicas[1]->sign_in_by_email(person);
  CHECK(replicas[2]->client(tokens.at("accessToken")).get("/v1/account").status == 200);
}

TEST_CASE("Another master key does not open the stored signing keys") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto other = identity::Secrets::parse(std::string(64, 'b')).value();
  identity::SigningKeys keys(identity.database(), other, identity.service().settings,
                             identity.service().clock);
  CHECK_THROWS_WITH(keys.create_first(), Catch::Contains("master key"));
  CHECK_FALSE(keys.ready());
}

TEST_CASE("A service gets a token for the audiences it is registered for") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url(), {.settings = {.service_clients = membership_client()}});
  const auto answer = ask_for_token(identity, "membership", "a secret of membership", good_form);
  REQUIRE(answer);
  REQUIRE(answer->status == 200);
  const auto body = Json::parse(answer->body);
  CHECK(body.at("token_type") == "Bearer");
  CHECK(body.at("expires_in") == 300);
  CHECK(answer->get_header_value("Cache-Control") == "no-store");

  const auto find_key = [&](const std::string& id) { return identity.service().keys.find(id); };
  const std::string token = body.at("access_token");
  const auth::Authenticator at_notification(
      {.type = "at+jwt", .issuer = "http://127.0.0.1:8081", .audience = "notification"}, find_key,
      identity.service().clock);
  const auth::Authenticator at_membership(
      {.type = "at+jwt", .issuer = "http://127.0.0.1:8081", .audience = "membership"}, find_key,
      identity.service().clock);
  REQUIRE(at_notification(token));
  CHECK(at_notification(token)->kind == auth::Principal::Kind::service);
  CHECK(at_notification(token)->subject == "membership");
  CHECK(at_notification(token)->scopes == std::vector<std::string>{"events"});
  CHECK_FALSE(at_membership(token));
}

TEST_CASE("The services' own client gets its token here") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url(), {.settings = {.service_clients = membership_client()}});
  auth::ServiceToken token(identity.internal_url() + "/internal/v1/token", "membership",
                           "a secret of membership", "notification");
  CHECK(read_token(token.get()).claims.at("aud") == "notification");
}

TEST_CASE("Unknown client and wrong secret are refused alike, as OAuth says") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url(), {.settings = {.service_clients = membership_client()}});
  const auto wrong = ask_for_token(identity, "membership", "a wrong secret", good_form);
  const auto unknown = ask_for_token(identity, "unknown", "a secret of membership", good_form);
  for (const auto* answer : {&wrong, &unknown}) {
    REQUIRE(*answer);
    CHECK((*answer)->status == 401);
    CHECK((*answer)->body == R"({"error":"invalid_client"})");
    CHECK((*answer)->get_header_value("WWW-Authenticate").starts_with("Basic"));
  }
  const std::vector<std::tuple<const char*, const char*, const char*>> bad = {
      {"grant_type=password&audience=notification", "application/x-www-form-urlencoded",
       "unsupported_grant_type"},
      {"grant_type=client_credentials&audience=membership", "application/x-www-form-urlencoded",
       "invalid_target"},
      {"grant_type=client_credentials", "application/x-www-form-urlencoded", "invalid_request"},
      {"grant_type=client_credentials&audience=notification&audience=identity",
       "application/x-www-form-urlencoded", "invalid_request"},
      {"grant_type=client_credentials&audience=notification&x=1",
       "application/x-www-form-urlencoded", "invalid_request"},
      {R"({"grant_type": "client_credentials"})", "application/json", "invalid_request"},
  };
  for (const auto& [form, type, error] : bad) {
    CAPTURE(form);
    const auto answer = ask_for_token(identity, "membership", "a secret of membership", form, type);
    REQUIRE(answer);
    CHECK(answer->status == 400);
    CHECK(Json::parse(answer->body) == Json{{"error", error}});
  }
}

namespace {

Headers basic(const std::string& id, const std::string& secret) {
  const std::string plain = id + ":" + secret;
  std::string encoded(4 * ((plain.size() + 2) / 3) + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                  reinterpret_cast<const unsigned char*>(plain.data()),
                  static_cast<int>(plain.size()));
  encoded.pop_back();
  return {{"Authorization", "Basic " + encoded},
          {"Content-Type", "application/x-www-form-urlencoded"}};
}

identity::PartnerCredential add_partner(IdentityService& identity) {
  return identity.database().write([&](database::Transaction& transaction) {
    return identity::create_partner_client(transaction, "Reporting Inc.", "authorizationChecks",
                                           identity.clock().now());
  });
}

}  // namespace

TEST_CASE("A partner gets a token for its scope that is no person's and no service's") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto partner = add_partner(identity);
  const auto headers = basic(partner.id.text(), partner.secret);

  const auto answer =
      identity.client().send("POST", "/v1/token", "grant_type=client_credentials", headers);
  REQUIRE(answer.status == 200);
  CHECK(answer.body().at("token_type") == "Bearer");
  CHECK(answer.body().at("expires_in") == 300);
  CHECK(answer.body().at("scope") == "authorizationChecks");

  const std::string token = answer.body().at("access_token");
  const auto claims = read_token(token).claims;
  CHECK(claims.at("aud") == "countersign");
  CHECK(claims.at("sub") == partner.id.text());
  CHECK(claims.at("client_id") == partner.id.text());
  CHECK(claims.at("exp").get<int>() - claims.at("iat").get<int>() == 300);
  CHECK_FALSE(claims.contains("sid"));
  const auth::Authenticator authenticate(
      {.type = "at+jwt", .issuer = "http://127.0.0.1:8081", .audience = "countersign"},
      [&](const std::string& id) { return identity.service().keys.find(id); },
      identity.service().clock);
  REQUIRE(authenticate(token));
  CHECK(authenticate(token)->kind == auth::Principal::Kind::partner);
  CHECK(authenticate(token)->scopes == std::vector<std::string>{"authorizationChecks"});

  CHECK(identity.client(token).get("/v1/account").problem() == "forbidden");
  CHECK(database.run("SELECT COUNT(*) FROM partner_clients WHERE secret_sha256 = '" +
                     partner.secret + "'") == "0");
}

TEST_CASE("A partner's wrong secret, unknown id and wrong grant are refused as OAuth says") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url(), {.settings = {.service_clients = membership_client()}});
  const auto partner = add_partner(identity), other = add_partner(identity);
  const std::string good = "grant_type=client_credentials";
  const auto ask = [&](const Headers& headers, const std::string& form) {
    return identity.client().send("POST", "/v1/token", form, headers);
  };
  const auto& id = partner.id.text();

  for (const auto& headers :
       {Headers{}, basic(id, "a wrong secret"), basic(id, other.secret), basic(id, ""),
        basic(other.id.text(), partner.secret), basic("unknown", partner.secret),
        basic("membership", "a secret of membership")}) {
    const auto answer = ask(headers, good);
    CHECK(answer.status == 401);
    CHECK(answer.text == R"({"error":"invalid_client"})");
    CHECK(answer.header("www-authenticate").starts_with("Basic"));
  }
  const std::vector<std::pair<std::string, const char*>> bad = {
      {"grant_type=password", "unsupported_grant_type"},
      {"", "invalid_request"},
      {good + "&" + good, "invalid_request"},
      {good + "&audience=membership", "invalid_request"},
      {good + "&scope=events", "invalid_scope"},
      {good + "&scope=", "invalid_scope"},
  };
  for (const auto& [form, error] : bad) {
    CAPTURE(form);
    const auto answer = ask(basic(id, partner.secret), form);
    CHECK(answer.status == 400);
    CHECK(answer.body() == Json{{"error", error}});
  }
  CHECK(ask(basic(id, partner.secret), good + "&scope=authorizationChecks").status == 200);
  // A partner is no service.
  CHECK(ask_for_token(identity, id, partner.secret, good_form)->status == 401);
}

TEST_CASE("A revoked partner gets no token any more") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto partner = add_partner(identity);
  const auto revoke = [&] {
    return identity.database().write([&](database::Transaction& transaction) {
      return identity::revoke_partner_client(transaction, partner.id, identity.clock().now());
    });
  };
  const auto status = [&] {
    return identity.client()
        .send("POST", "/v1/token", "grant_type=client_credentials",
              basic(partner.id.text(), partner.secret))
        .status;
  };

  CHECK(status() == 200);
  CHECK(revoke());
  CHECK(status() == 401);
  CHECK_FALSE(revoke());
}

TEST_CASE("A partner has a name and a scope that is known") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto create = [&](const std::string& name, const std::string& scope) {
    identity.database().write([&](database::Transaction& transaction) {
      return identity::create_partner_client(transaction, name, scope, identity.clock().now());
    });
  };
  CHECK_THROWS_WITH(create("Reporting Inc.", "events"), Catch::Contains("SCOPE"));
  CHECK_THROWS_WITH(create("", "authorizationChecks"), Catch::Contains("NAME"));
  CHECK_THROWS_WITH(create("a\nb", "authorizationChecks"), Catch::Contains("NAME"));
}
