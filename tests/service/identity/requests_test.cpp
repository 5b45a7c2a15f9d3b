#include <set>

#include <catch2/catch.hpp>

#include "identity/http/routes.hpp"
#include "support/databases.hpp"
#include "support/identity_service.hpp"

using namespace testing;

namespace {

// One request of every operation that writes, with what it needs to be taken but for ids and codes.
struct Write {
  std::string operation;
  std::string method;
  std::string path;
  Json body;  // null where none is read
  bool signed_in;
};

std::vector<Write> writes(const Person& person, const std::string& sign_in) {
  const std::string account = "/v1/accounts/" + person.account_id;
  return {
      {"createAccount",
       "POST",
       "/v1/accounts",
       {{"userId", "somebody.else"},
        {"password", "several quiet words"},
        {"name", "Somebody Else"},
        {"emailAddress", "else@example.test"}},
       false},
      {"verifyEmailAddress", "POST", account + "/verify-email-address", {{"code", "1"}}, false},
      {"sendVerificationCode", "POST", account + "/send-verification-code", {}, false},
      {"createSignIn",
       "POST",
       "/v1/sign-ins",
       {{"userId", person.user_id},
        {"password", person.password},
        {"statementOfTruthVersion", "1"}},
       false},
      {"sendSignInCode", "POST", "/v1/sign-ins/" + sign_in + "/send-code", {}, false},
      {"completeSignIn",
       "POST",
       "/v1/sign-ins/" + sign_in + "/second-factor",
       {{"method", "totp"}, {"code", "1"}},
       false},
      {"refreshTokens", "POST", "/v1/tokens/refresh", {{"refreshToken", "x"}}, false},
      {"revokeSession", "POST", "/v1/sessions/" + sign_in + "/revoke", {}, true},
      {"updateAccount", "PATCH", "/v1/account", {{"name", "Somebody Else"}}, true},
      {"changePassword",
       "POST",
       "/v1/account/change-password",
       {{"currentPassword", person.password}, {"newPassword", "other quiet words"}},
       true},
      {"startTotpEnrolment", "POST", "/v1/account/totp", {}, true},
      {"confirmTotpEnrolment", "POST", "/v1/account/totp/confirm", {{"code", "1"}}, true},
      {"replaceRecoveryCodes", "POST", "/v1/account/recovery-codes", {}, true},
      {"signOut", "POST", "/v1/sign-out", {}, true},
  };
}

}  // namespace

TEST_CASE("Every operation refuses malformed requests, foreign media types and reused keys") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto person = identity.register_person_with_totp("grace.hopper");
  const std::string token = identity.sign_in_with_totp(person).at("accessToken");
  auto anonymous = identity.client(), own = identity.client(token);
  const auto all = writes(person, identity.begin_sign_in(person));

  std::set<std::string> covered = {"createPartnerToken"};  // a form: tokens_test.cpp
  const Headers key{{"Idempotency-Key", "used-before-1"}, {"If-Match", "*"}};
  expect(202, anonymous.post("/v1/accounts/" + vocabulary::new_uuid() + "/send-verification-code",
                             Json::object(), key));
  expect(422, own.post("/v1/account/totp/confirm", {{"code", "2"}}, key));
  for (const auto& [operation, method, path, body, signed_in] : all) {
    CAPTURE(operation);
    covered.insert(operation);
    auto& client = signed_in ? own : anonymous;
    const auto send = [&, &path = path, &method = method](const std::string& text,
                                                          Headers headers) {
      headers.emplace_back("If-Match", "*");
      return client.send(method, path, text, headers);
    };
    const std::string text = body.is_null() ? "{}" : body.dump();
    CHECK(send("{\"a\": 1, \"a\": 2}", {}).problem() == "malformed-request");
    CHECK(send(text, {{"Idempotency-Key", "short"}}).problem() == "malformed-request");
    if (!body.is_null()) {
      CHECK(send(text, {{"Content-Type", "text/plain"}}).problem() == "unsupported-media-type");
    }
    const auto unknown_field = send(R"({"unknown": 1})", {});
    CHECK(unknown_field.problem() == "invalid-fields");
    CHECK(send(text, {{"Idempotency-Key", "used-before-1"}}).problem() == "idempotency-key-reused");
    if (signed_in) {
      CHECK(anonymous.send(method, path, text).problem() == "unauthenticated");
    }
  }
  for (const auto& route : identity::routes(identity.service())) {
    CAPTURE(route.operation);
    if (route.method != web::Method::get) {
      CHECK(covered.contains(route.operation));
    } else {
      CHECK(own.get(route.path + "?x=%zz").problem() == "malformed-request");
    }
  }
  CHECK(own.get("/v1/account").status == 200);  // none of it was done
  CHECK(own.get("/v1/account").body().at("name") == person.name);
}
