#include "auth/authenticator.hpp"

#include <atomic>
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tokens.hpp"

using namespace tokens;
using auth::Key;
using auth::Principal;
using nlohmann::json;

namespace {

json with(json object, const char* name, const json& value) {
  object[name] = value;
  return object;
}

}  // namespace

TEST_CASE("A token made for a principal proves that principal") {
  const Key key = Key::generate();
  const auth::Authenticator authenticate(expected, only(key), [] { return now; });
  const Principal principals[] = {
      {Principal::Kind::person, account_id, "session", true, {}},
      {Principal::Kind::person, account_id, "session", false, {}},
      {Principal::Kind::service, "membership", "", false, {"events"}},
      {Principal::Kind::service, "membership", "", false, {"events", "facts"}},
      {Principal::Kind::service, "membership", "", false, {}},
      {Principal::Kind::partner, "reporting", "", false, {"authorizationChecks"}},
  };
  for (const auto& principal : principals) {
    const json claims = auth::access_claims(principal, expected.issuer, expected.audience, now,
                                            std::chrono::minutes(10));
    INFO(claims.dump());
    CHECK(claims["exp"] == now_seconds + 600);
    CHECK(claims["iat"] == now_seconds);
    CHECK(authenticate(auth::sign_token(key, "at+jwt", claims)) == principal);
  }
}

TEST_CASE("Only acr totp is a sign-in with TOTP") {
  const Key key = Key::generate();
  const auth::Authenticator authenticate(expected, only(key), [] { return now; });
  const auto totp = [&](const json& acr) {
    const auto principal =
        authenticate(auth::sign_token(key, "at+jwt", with(good_claims(), "acr", acr)));
    REQUIRE(principal);
    return principal->signed_in_with_totp;
  };
  CHECK(totp("totp"));
  for (const json& acr : {json("email"), json("recoveryCode"), json("TOTP"), json("totp "),
                          json(true), json(), json::array({"totp"})}) {
    INFO(acr.dump());
    CHECK_FALSE(totp(acr));
  }
  CHECK_FALSE(authenticate(auth::sign_token(key, "at+jwt", good_claims()))->signed_in_with_totp);
}

TEST_CASE("A service's token is never strong and a person's carries no scope") {
  const Key key = Key::generate();
  const auth::Authenticator authenticate(expected, only(key), [] { return now; });
  json service = {{"iss", expected.issuer},   {"aud", expected.audience}, {"sub", "membership"},
                  {"exp", now_seconds + 300}, {"scope", "events"},        {"acr", "totp"}};
  const auto principal = authenticate(auth::sign_token(key, "at+jwt", service));
  REQUIRE(principal);
  CHECK(principal->kind == Principal::Kind::service);
  CHECK_FALSE(principal->signed_in_with_totp);

  json neither = good_claims();
  neither.erase("sid");
  const json odd[] = {
      with(good_claims(), "scope", "events"),    // both kinds at once
      neither,                                   // no kind
      with(good_claims(), "sub", "membership"),  // a person is an account
      with(good_claims(), "sub", 1),
      with(good_claims(), "sid", ""),
      with(good_claims(), "sid", nullptr),
      with(service, "client_id", "another"),  // a partner is who it says
      with(service, "client_id", nullptr),
      with(service, "sub", ""),
      with(service, "sub", nullptr),
  };
  for (const auto& claims : odd) {
    INFO(claims.dump());
    CHECK_FALSE(authenticate(auth::sign_token(key, "at+jwt", claims)));
  }
}

TEST_CASE("A verified token is remembered until it expires, a refused one never") {
  const Key key = Key::generate();
  int asked = 0;
  auto clock = now;
  const auth::Authenticator authenticate(
      expected,
      [&](const std::string&) {
        ++asked;
        return std::optional(key);
      },
      [&] { return clock; });
  const std::string token = auth::sign_token(key, "at+jwt", good_claims());

  CHECK(authenticate(token));
  CHECK(authenticate(token));
  CHECK(asked == 1);

  std::string changed = token;
  changed[token.size() / 2] = changed[token.size() / 2] == 'A' ? 'B' : 'A';
  CHECK_FALSE(authenticate(changed));
  CHECK_FALSE(authenticate(changed));

  clock = now + std::chrono::seconds(630);
  CHECK_FALSE(authenticate(token));
}

TEST_CASE("However many tokens are seen, only so many are remembered") {
  const Key key = Key::generate();
  bool asked = false;
  const auth::Authenticator authenticate(
      expected,
      [&](const std::string&) {
        asked = true;
        return std::optional(key);
      },
      [] { return now; }, 20);
  const std::string first = auth::sign_token(key, "at+jwt", good_claims());
  CHECK(authenticate(first));
  for (int i = 0; i < 20; ++i) {
    authenticate(auth::sign_token(key, "at+jwt", with(good_claims(), "jti", i)));
  }
  asked = false;
  CHECK(authenticate(first));
  CHECK(asked);
}
