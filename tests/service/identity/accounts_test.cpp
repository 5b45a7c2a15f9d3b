#include <catch2/catch.hpp>

#include "auth/encoding.hpp"
#include "support/databases.hpp"
#include "support/identity_service.hpp"

using namespace testing;
using namespace std::chrono_literals;

namespace {

Json new_account(const std::string& user_id) {
  return {{"userId", user_id},
          {"password", "several quiet words"},
          {"name", "Grace Hopper"},
          {"emailAddress", user_id + "@example.test"}};
}

std::vector<std::string> pointers_of(const Answer& answer) {
  std::vector<std::string> pointers;
  const auto body = answer.body();
  for (const auto& error : body.at("errors")) pointers.push_back(error.at("pointer"));
  return pointers;
}

std::vector<std::string> kinds_of_events(Client own) {
  std::vector<std::string> kinds;
  const auto page = expect(200, own.get("/v1/account/events")).body();
  for (const auto& event : page.at("items")) {
    kinds.push_back(event.at("kind"));
  }
  return kinds;
}

}  // namespace

TEST_CASE("S2: A fresh account can sign in once its email address is verified") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto anonymous = identity.client();

  const auto created = expect(201, anonymous.post("/v1/accounts", new_account("Grace.Hopper")));
  const std::string id = created.body().at("id");
  CHECK(created.header("location") == "/v1/accounts/" + id);
  CHECK(created.header("etag") == "\"1\"");
  CHECK(created.body().at("userId") == "Grace.Hopper");
  CHECK(created.body().at("emailVerified") == false);
  CHECK_FALSE(created.body().contains("password"));

  const Json credentials = {{"userId", "Grace.Hopper"},
                            {"password", "several quiet words"},
                            {"statementOfTruthVersion", "1"}};
  CHECK(anonymous.post("/v1/sign-ins", credentials).problem() == "sign-in-refused");

  const auto verified = anonymous.post("/v1/accounts/" + id + "/verify-email-address",
                                       {{"code", identity.latest_code(id)}});
  REQUIRE(verified.status == 200);
  CHECK(verified.body().at("emailVerified") == true);
  CHECK(anonymous.post("/v1/sign-ins", credentials).status == 201);

  for (const char* consumer : {"membership", "notification"}) {
    const auto event = identity.told(consumer).back();
    CHECK(event.at("type") == "account.verified");
    CHECK(event.at("source") == "/identity");
    CHECK(event.at("subject") == id);
    CHECK(event.at("data") == Json{{"accountId", id},
                                   {"name", "Grace Hopper"},
                                   {"emailAddress", "Grace.Hopper@example.test"}});
  }
}

TEST_CASE("S2: A user id is never given twice, in any spelling") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto anonymous = identity.client();

  REQUIRE(anonymous.post("/v1/accounts", new_account("grace.hopper")).status == 201);
  CHECK(anonymous.post("/v1/accounts", new_account("GRACE.hopper")).problem() == "user-id-taken");
}

TEST_CASE("S2: An email address belongs to the one account that verified it") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto anonymous = identity.client();
  auto body = new_account("grace.hopper");
  const std::string first = anonymous.post("/v1/accounts", body).body().at("id");
  body["userId"] = "another.one";
  body["emailAddress"] = "GRACE.hopper@example.test";
  const std::string second = expect(201, anonymous.post("/v1/accounts", body)).body().at("id");

  const auto verify = [&](const std::string& id) {
    return anonymous.post("/v1/accounts/" + id + "/verify-email-address",
                          {{"code", identity.latest_code(id)}});
  };
  CHECK(verify(second).status == 200);
  CHECK(verify(first).problem() == "email-address-taken");
  CHECK(verify(first).problem() == "email-address-taken");
}

TEST_CASE("Bad input to a registration is refused by the name of its field") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto anonymous = identity.client();
  const std::vector<std::pair<const char*, Json>> bad = {
      {"userId", "short"},
      {"userId", "has spaces"},
      {"userId", std::string(65, 'x')},
      {"userId", 7},
      {"userId", nullptr},
      {"password", "fourteen chars"},
      {"password", "passwordpassword"},
      {"password", "my id is Grace.Hopper"},
      {"password", "mail grace.hopper@example.test"},
      {"password", std::string(129, 'p') + "word"},
      {"password", Json::array()},
      {"name", ""},
      {"name", " Grace"},
      {"name", "Grace\nHopper"},
      {"name", std::string(101, 'g')},
      {"emailAddress", "nobody"},
      {"emailAddress", "a@b, c@d"},
      {"emailAddress", "grace@example.test\r\nBcc: all@example.test"},
      {"role", "securityOfficial"},
  };
  for (const auto& [field, value] : bad) {
    CAPTURE(field, value);
    auto body = new_account("grace.hopper");
    body[field] = value;

    const auto answer = anonymous.post("/v1/accounts", body);

    CHECK(answer.status == 422);
    CHECK(answer.problem() == "invalid-fields");
    CHECK(pointers_of(answer) == std::vector{std::string("/") + field});
    CHECK(answer.text.find("fourteen") == std::string::npos);
  }
  CHECK(identity.service().passwords.counts().hashes == 0);
  CHECK(identity.told("notification").empty());
}

TEST_CASE("A verification code is good for ten minutes, once and for five tries") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto anonymous = identity.client();
  const std::string id =
      anonymous.post("/v1/accounts", new_account("grace.hopper")).body().at("id");
  const auto code = identity.latest_code(id);
  CHECK(code.size() == 8);
  const auto verify = [&](const std::string& with) {
    return anonymous.post("/v1/accounts/" + id + "/verify-email-address", {{"code", with}});
  };
  const std::string wrong = code == "00000000" ? "11111111" : "00000000";

  SECTION("four wrong tries leave one") {
    for (int i = 0; i < 4; ++i) {
      const auto answer = verify(wrong);
      CHECK(answer.status == 422);
      CHECK(pointers_of(answer) == std::vector<std::string>{"/code"});
    }
    CHECK(verify(code).status == 200);
    CHECK(verify(code).status == 422);
  }
  SECTION("after five wrong tries the right code is refused") {
    for (int i = 0; i < 5; ++i) CHECK(verify(wrong).status == 422);
    CHECK(verify(code).status == 422);
  }
  SECTION("after ten minutes it is refused") {
    identity.clock().advance(10min);
    CHECK(verify(code).status == 422);
  }
  SECTION("another code replaces it") {
    CHECK(anonymous.post("/v1/accounts/" + id + "/send-verification-code").status == 202);
    const auto second = identity.latest_code(id);
    REQUIRE(second != code);
    CHECK(verify(code).status == 422);
    CHECK(verify(second).status == 200);
  }
  SECTION("a repeat with the same Idempotency-Key is answered as the first") {
    const auto path = "/v1/accounts/" + id + "/verify-email-address";
    const Headers key{{"Idempotency-Key", "verify-once-1"}};
    const auto first = anonymous.post(path, {{"code", code}}, key);
    const auto again = anonymous.post(path, {{"code", code}}, key);
    CHECK(first.status == 200);
    CHECK(again.status == 200);
    CHECK(again.text == first.text);
    CHECK(again.header("idempotency-replayed") == "true");
  }
}

TEST_CASE("Asking for a code never tells whether there is such an account") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto verified = identity.register_person("grace.hopper");
  auto anonymous = identity.client();
  const auto told = identity.told("notification").size();
  for (const std::string& id : {verified.account_id, vocabulary::new_uuid()}) {
    const auto answer = anonymous.post("/v1/accounts/" + id + "/send-verification-code");
    CHECK(answer.status == 202);
    CHECK(answer.text == "{}");
  }
  CHECK(anonymous.post("/v1/accounts/x/send-verification-code").problem() == "not-found");
  CHECK(identity.told("notification").size() == told);
}

TEST_CASE("Registering and asking for codes is throttled per source address") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(
      database.url(), {.settings = {.accounts_per_hour = 2, .verification_codes_per_hour = 2}});
  auto anonymous = identity.client();
  const Headers home{{"X-Forwarded-For", "192.0.2.1"}}, away{{"X-Forwarded-For", "192.0.2.2"}};
  const auto register_as = [&](const std::string& user_id, const Headers& from) {
    return anonymous.post("/v1/accounts", new_account(user_id), from);
  };
  const std::string id = expect(201, register_as("first.one", home)).body().at("id");
  CHECK(register_as("second.one", home).status == 201);
  const auto refused = register_as("third.one", home);
  CHECK(refused.problem() == "too-many-requests");
  CHECK(refused.header("retry-after") == "3600");
  CHECK(register_as("third.one", away).status == 201);
  CHECK(identity.service().passwords.counts().hashes == 3);

  const auto ask = [&](const Headers& from) {
    return anonymous.post("/v1/accounts/" + id + "/send-verification-code", Json::object(), from)
        .status;
  };
  CHECK(ask(home) == 202);
  CHECK(ask(home) == 202);
  CHECK(ask(home) == 429);
  const auto code = identity.latest_code(id);
  CHECK(ask(away) == 202);  // the account had its share
  CHECK(identity.latest_code(id) == code);

  identity.clock().advance(1h);
  CHECK(register_as("fourth.one", home).status == 201);
  CHECK(ask(home) == 202);
  CHECK(identity.latest_code(id) != code);
}

TEST_CASE("A repeated registration with the same Idempotency-Key makes one account") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto anonymous = identity.client();
  const Headers key{{"Idempotency-Key", "register-grace"}};
  const auto first = anonymous.post("/v1/accounts", new_account("grace.hopper"), key);
  const auto again = anonymous.post("/v1/accounts", new_account("grace.hopper"), key);
  CHECK(first.status == 201);
  CHECK(again.status == 201);
  CHECK(again.text == first.text);
  CHECK(anonymous.post("/v1/accounts", new_account("other.person"), key).problem() ==
        "idempotency-key-reused");
  CHECK(identity.told("notification").size() == 1);
}

TEST_CASE("The own account is read and renamed with its ETag") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto person = identity.register_person("grace.hopper");
  auto own = identity.client(identity.sign_in_by_email(person).at("accessToken"));

  const auto shown = expect(200, own.get("/v1/account"));
  CHECK(shown.body() == Json{{"id", person.account_id},
                             {"userId", "grace.hopper"},
                             {"name", person.name},
                             {"emailAddress", person.email_address},
                             {"emailVerified", true},
                             {"totpEnrolled", false},
                             {"recoveryCodesLeft", 0},
                             {"createdAt", "2026-02-02T09:00:00.000Z"}});
  const Headers tag{{"If-Match", shown.header("etag")}};
  CHECK(own.patch("/v1/account", {{"name", "Rear Admiral"}}).problem() == "precondition-required");
  const auto renamed = own.patch("/v1/account", {{"name", "Rear Admiral"}}, tag);
  CHECK(renamed.status == 200);
  CHECK(renamed.body().at("name") == "Rear Admiral");
  CHECK(renamed.header("etag") != shown.header("etag"));
  CHECK(own.patch("/v1/account", {{"name", "Somebody"}}, tag).problem() == "precondition-failed");
  CHECK(own.patch("/v1/account", {{"name", ""}}, tag).status == 422);
  CHECK(own.patch("/v1/account", {{"userId", "other.id"}}, tag).status == 422);

  for (const char* consumer : {"membership", "notification"}) {
    CHECK(identity.told(consumer).back().at("type") == "account.changed");
    CHECK(identity.told(consumer).back().at("data").at("name") == "Rear Admiral");
  }
}

TEST_CASE("A changed password opens the account, the former one does not, other sessions end") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto person = identity.register_person("grace.hopper");
  auto elsewhere = identity.client(identity.sign_in_by_email(person).at("accessToken"));
  auto own = identity.client(identity.sign_in_by_email(person).at("accessToken"));
  const auto change = [&](const std::string& from, const std::string& to,
                          const Headers& headers = {}) {
    return own.post("/v1/account/change-password", {{"currentPassword", from}, {"newPassword", to}},
                    headers);
  };

  CHECK(pointers_of(change(person.password, "short")) == std::vector<std::string>{"/newPassword"});
  CHECK(pointers_of(change("not my password", "other quiet words")) ==
        std::vector<std::string>{"/currentPassword"});
  REQUIRE(change(person.password, "other quiet words").status == 204);
  CHECK(elsewhere.get("/v1/account").status == 401);
  CHECK(own.get("/v1/account").status == 200);

  CHECK_THROWS(identity.begin_sign_in(person));
  person.password = "other quiet words";
  CHECK_NOTHROW(identity.begin_sign_in(person));
  CHECK(identity.told("notification").back().at("type") == "account.passwordChanged");
  CHECK(kinds_of_events(own) ==
        std::vector<std::string>{"signInFailed", "passwordChanged", "passwordChangeRefused",
                                 "signedIn", "signedIn", "emailVerified", "accountCreated"});
}

TEST_CASE("With TOTP enrolled, the password is changed in a session signed in with it only") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto person = identity.register_person_with_totp("grace.hopper");
  const Json change{{"currentPassword", person.password}, {"newPassword", "other quiet words"}};

  auto weak = identity.client(identity.sign_in_by_email(person).at("accessToken"));
  CHECK(weak.post("/v1/account/change-password", change).problem() == "second-factor-too-weak");
  auto strong = identity.client(identity.sign_in_with_totp(person).at("accessToken"));
  CHECK(strong.post("/v1/account/change-password", change).status == 204);
}

TEST_CASE("Wrong present passwords count as tries, so a stolen session cannot guess it") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto person = identity.register_person("grace.hopper");
  auto own = identity.client(identity.sign_in_by_email(person).at("accessToken"));
  const auto change = [&](const std::string& from) {
    return own.post("/v1/account/change-password",
                    {{"currentPassword", from}, {"newPassword", "other quiet words"}});
  };
  for (int i = 0; i < 5; ++i) CHECK(change("a wrong guess").status == 422);
  const auto verifications = identity.service().passwords.counts().verifications;
  CHECK(change(person.password).status == 422);
  CHECK(identity.service().passwords.counts().verifications == verifications);
  CHECK(identity.told("notification").back().at("type") == "account.locked");
}

TEST_CASE("A repeated password change with the same Idempotency-Key is answered again") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto person = identity.register_person("grace.hopper");
  auto own = identity.client(identity.sign_in_by_email(person).at("accessToken"));
  const Json change{{"currentPassword", person.password}, {"newPassword", "other quiet words"}};
  const Headers key{{"Idempotency-Key", "change-once-1"}};
  CHECK(own.post("/v1/account/change-password", change, key).status == 204);
  CHECK(own.post("/v1/account/change-password", change, key).status == 204);
  CHECK(own.post("/v1/account/change-password", change).status == 422);
}

TEST_CASE("The cms profile refuses the last six passwords and lets none live past 60 days") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(
      database.url(),
      {.settings = {.password_profile = identity::find_password_profile("cms").value(),
                    .accounts_per_hour = 100}});
  auto anonymous = identity.client();
  auto body = new_account("grace.hopper");
  CHECK(anonymous.post("/v1/accounts", body).status == 422);
  Person person{.account_id = {},
                .user_id = "grace.hopper",
                .password = "Quiet words 0",
                .totp_secret = {},
                .name = {},
                .email_address = {}};
  body["password"] = person.password;
  person.account_id = expect(201, anonymous.post("/v1/accounts", body)).body().at("id");
  expect(200, anonymous.post("/v1/accounts/" + person.account_id + "/verify-email-address",
                             {{"code", identity.latest_code(person.account_id)}}));

  auto own = identity.client(identity.sign_in_by_email(person).at("accessToken"));
  const auto change_to = [&](const std::string& password) {
    identity.clock().advance(1s);
    const auto answer = own.post("/v1/account/change-password",
                                 {{"currentPassword", person.password}, {"newPassword", password}});
    if (answer.status == 204) person.password = password;
    return answer;
  };
  CHECK(pointers_of(change_to("Quiet words 0")) == std::vector<std::string>{"/newPassword"});
  for (int i = 1; i <= 5; ++i) {
    REQUIRE(change_to("Quiet words " + std::to_string(i)).status == 204);
    CHECK(change_to("Quiet words 0").status == 422);
  }
  REQUIRE(change_to("Quiet words 6").status == 204);
  REQUIRE(change_to("Quiet words 0").status == 204);

  identity.clock().advance(std::chrono::days(60));
  const auto tokens = identity.sign_in_by_email(person);
  const auto claims_of = [](const Json& given) {
    const std::string token = given.at("accessToken");
    const auto first = token.find('.') + 1;
    return Json::parse(auth::from_base64url(token.substr(first, token.rfind('.') - first)).value());
  };
  CHECK(claims_of(tokens).at("aud") == "identity");
  own = identity.client(tokens.at("accessToken"));
  REQUIRE(change_to("Quiet words 7").status == 204);
  const auto refreshed = expect(
      200, anonymous.post("/v1/tokens/refresh", {{"refreshToken", tokens.at("refreshToken")}}));
  CHECK(claims_of(refreshed.body()).at("aud") == "countersign");
}

TEST_CASE("Account events come in pages, newest first, and are the caller's own") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto person = identity.register_person("grace.hopper");
  const auto other = identity.register_person("other.person");
  identity.sign_in_by_email(other);
  auto own = identity.client(identity.sign_in_by_email(person).at("accessToken"));

  std::vector<std::string> kinds;
  std::string cursor;
  do {
    const auto page = expect(200, own.get("/v1/account/events?limit=1" +
                                          (cursor.empty() ? "" : "&cursor=" + cursor)))
                          .body();
    REQUIRE(page.at("items").size() == 1);
    const auto& event = page.at("items")[0];
    CHECK(event.at("occurredAt") == "2026-02-02T09:00:00.000Z");
    CHECK(event.at("sourceAddress") == "127.0.0.1");
    kinds.push_back(event.at("kind"));
    cursor = page.at("nextCursor").is_null() ? "" : page.at("nextCursor").get<std::string>();
  } while (!cursor.empty());
  CHECK(kinds == std::vector<std::string>{"signedIn", "emailVerified", "accountCreated"});

  for (const char* bad : {"limit=0", "limit=201", "limit=x", "cursor=abc", "cursor=", "offset=1"}) {
    CAPTURE(bad);
    const auto answer = own.get(std::string("/v1/account/events?") + bad);
    CHECK(answer.status == 422);
    CHECK(pointers_of(answer)[0].starts_with("?"));
  }
}
