#include <future>

#include <catch2/catch.hpp>

#include "support/databases.hpp"
#include "support/identity_service.hpp"

using namespace testing;
using namespace std::chrono_literals;

namespace {

Answer complete(IdentityService& identity, const std::string& sign_in, const char* method,
                const std::string& code) {
  return identity.client().post("/v1/sign-ins/" + sign_in + "/second-factor",
                                {{"method", method}, {"code", code}});
}

// TOTP enrolled; the codes that came with it.
struct Enrolled {
  Person person;
  std::vector<std::string> recovery_codes;
};

Enrolled enrol(IdentityService& identity, const std::string& user_id) {
  auto person = identity.register_person(user_id);
  auto own = identity.client(identity.sign_in_by_email(person).at("accessToken"));
  person.totp_secret = expect(201, own.post("/v1/account/totp")).body().at("secret");
  const auto confirmed = expect(
      200, own.post("/v1/account/totp/confirm", {{"code", identity.next_totp_code(person)}}));
  return {person, confirmed.body().at("recoveryCodes")};
}

}  // namespace

TEST_CASE("A TOTP step is accepted once") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto person = identity.register_person_with_totp("grace.hopper");
  const auto first = identity.begin_sign_in(person), second = identity.begin_sign_in(person);
  const auto code = identity.next_totp_code(person);
  CHECK(complete(identity, first, "totp", code).status == 200);
  CHECK(complete(identity, second, "totp", code).problem() == "second-factor-refused");
  // The step before it, which a clock behind could still show, is used up with it.
  CHECK(complete(identity, second, "totp", totp_code(person.totp_secret, person.last_step - 1))
            .status == 401);
  CHECK(complete(identity, second, "totp", totp_code(person.totp_secret, person.last_step + 1))
            .status == 200);
}

TEST_CASE("A TOTP step is accepted once when eight race for it") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url(), {.settings = {.account_lockout = {.tries_max = 1'000}}});
  auto person = identity.register_person_with_totp("grace.hopper");
  for (int round = 0; round < 5; ++round) {
    std::vector<std::string> sign_ins;
    for (int i = 0; i < 8; ++i) sign_ins.push_back(identity.begin_sign_in(person));
    const auto code = identity.next_totp_code(person);
    std::vector<std::future<int>> racers;
    for (const auto& sign_in : sign_ins) {
      racers.push_back(std::async(std::launch::async, [&identity, &sign_in, &code] {
        return complete(identity, sign_in, "totp", code).status;
      }));
    }
    int accepted = 0;
    for (auto& racer : racers) {
      const int status = racer.get();
      accepted += status == 200;
      CHECK((status == 200 || status == 401));
    }
    CHECK(accepted == 1);
  }
}

TEST_CASE("The code that confirmed an authenticator does not sign in") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto person = identity.register_person_with_totp("grace.hopper");
  const auto code = totp_code(person.totp_secret, person.last_step);
  CHECK(complete(identity, identity.begin_sign_in(person), "totp", code).status == 401);
}

TEST_CASE("An authenticator counts once it is confirmed, and strengthens the session at refresh") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto person = identity.register_person("grace.hopper");
  const auto tokens = identity.sign_in_by_email(person);
  auto own = identity.client(tokens.at("accessToken"));
  CHECK(tokens.at("assurance") == "email");
  CHECK(own.post("/v1/account/recovery-codes").problem() == "second-factor-too-weak");
  CHECK(own.post("/v1/account/totp/confirm", {{"code", "123456"}}).status == 422);

  const auto enrolment = expect(201, own.post("/v1/account/totp")).body();
  person.totp_secret = enrolment.at("secret");
  CHECK(person.totp_secret.size() == 32);
  CHECK(enrolment.at("uri").get<std::string>().starts_with(
      "otpauth://totp/Countersign:grace.hopper?secret=" + person.totp_secret));
  const auto wrong = own.post("/v1/account/totp/confirm", {{"code", "abcdef"}});
  CHECK(wrong.status == 422);
  CHECK(wrong.body().at("errors")[0].at("pointer") == "/code");
  CHECK(own.get("/v1/account").body().at("totpEnrolled") == false);

  const auto confirmed =
      own.post("/v1/account/totp/confirm", {{"code", identity.next_totp_code(person)}});
  REQUIRE(confirmed.status == 200);
  CHECK(confirmed.body().at("recoveryCodes").size() == 10);
  const auto account = own.get("/v1/account").body();
  CHECK(account.at("totpEnrolled") == true);
  CHECK(account.at("recoveryCodesLeft") == 10);
  CHECK(identity.told("notification").back().at("type") == "account.totpEnrolled");

  const auto refreshed = expect(
      200,
      identity.client().post("/v1/tokens/refresh", {{"refreshToken", tokens.at("refreshToken")}}));
  CHECK(refreshed.body().at("assurance") == "totp");
  CHECK(identity.client(refreshed.body().at("accessToken"))
            .post("/v1/account/recovery-codes")
            .status == 201);
}

TEST_CASE("TOTP secrets and codes are not to be read in the database") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto [person, recovery_codes] = enrol(identity, "grace.hopper");
  const auto stored = database.run("SELECT totp_secret FROM accounts");
  CHECK(stored.size() > 60);
  CHECK(stored.find(person.totp_secret) == std::string::npos);
  for (const auto& code : recovery_codes) {
    CHECK(database.run("SELECT count(*) FROM recovery_codes WHERE code_hash = '" + code + "'") ==
          "0");
  }
  CHECK(database.run("SELECT count(*) FROM emailed_codes WHERE length(code_hash) = 43") != "0");
}

TEST_CASE("A recovery code is good once, in any spelling") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto [person, codes] = enrol(identity, "grace.hopper");
  auto spelling = codes[1];
  for (char& c : spelling) c = static_cast<char>(std::toupper(c));
  std::erase(spelling, '-');

  const auto tokens =
      expect(200, complete(identity, identity.begin_sign_in(person), "recoveryCode", codes[0]))
          .body();
  CHECK(tokens.at("assurance") == "recoveryCode");
  CHECK(complete(identity, identity.begin_sign_in(person), "recoveryCode", codes[0]).status == 401);
  CHECK(complete(identity, identity.begin_sign_in(person), "recoveryCode", spelling).status == 200);
  auto own = identity.client(tokens.at("accessToken"));
  CHECK(own.get("/v1/account").body().at("recoveryCodesLeft") == 8);
  CHECK(own.post("/v1/account/recovery-codes").problem() == "second-factor-too-weak");
  CHECK(identity.told("notification").back().at("type") == "account.recoveryCodeUsed");
}

TEST_CASE("New recovery codes make the earlier ones useless") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto [person, codes] = enrol(identity, "grace.hopper");
  auto own = identity.client(identity.sign_in_with_totp(person).at("accessToken"));
  const Headers key{{"Idempotency-Key", "new-codes-1"}};
  const auto renewed = own.post("/v1/account/recovery-codes", Json::object(), key);
  REQUIRE(renewed.status == 201);
  CHECK(own.post("/v1/account/recovery-codes", Json::object(), key).text == renewed.text);
  CHECK(complete(identity, identity.begin_sign_in(person), "recoveryCode", codes[0]).status == 401);
  CHECK(complete(identity, identity.begin_sign_in(person), "recoveryCode",
                 renewed.body().at("recoveryCodes")[9])
            .status == 200);
}

TEST_CASE("An enrolled authenticator is replaced with TOTP or a recovery code, not by email") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto [person, codes] = enrol(identity, "grace.hopper");

  auto weak = identity.client(identity.sign_in_by_email(person).at("accessToken"));
  CHECK(weak.post("/v1/account/totp").problem() == "second-factor-too-weak");

  auto recovered =
      identity.client(complete(identity, identity.begin_sign_in(person), "recoveryCode", codes[0])
                          .body()
                          .at("accessToken"));
  const std::string replacement =
      expect(201, recovered.post("/v1/account/totp")).body().at("secret");
  // Until it is confirmed, the earlier one counts; and the weak session cannot confirm it.
  CHECK_NOTHROW(identity.sign_in_with_totp(person));
  person.totp_secret = replacement;
  CHECK(weak.post("/v1/account/totp/confirm", {{"code", identity.next_totp_code(person)}}).status ==
        422);
  CHECK(recovered.post("/v1/account/totp/confirm", {{"code", identity.next_totp_code(person)}})
            .status == 200);
  CHECK_NOTHROW(identity.sign_in_with_totp(person));
}

TEST_CASE("A sign-in code is good for ten minutes, once and for five tries") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url(), {.settings = {.account_lockout = {.tries_max = 1'000}}});
  const auto person = identity.register_person("grace.hopper");
  auto anonymous = identity.client();
  const auto id = identity.begin_sign_in(person);
  const auto send = [&] { return anonymous.post("/v1/sign-ins/" + id + "/send-code"); };
  REQUIRE(send().status == 202);
  const auto code = identity.latest_code(person.account_id);
  const std::string wrong = code == "00000000" ? "11111111" : "00000000";

  SECTION("four wrong tries leave one") {
    for (int i = 0; i < 4; ++i) CHECK(complete(identity, id, "emailCode", wrong).status == 401);
    CHECK(complete(identity, id, "emailCode", code).status == 200);
  }
  SECTION("after five wrong tries the right code is refused") {
    for (int i = 0; i < 5; ++i) CHECK(complete(identity, id, "emailCode", wrong).status == 401);
    CHECK(complete(identity, id, "emailCode", code).status == 401);
  }
  SECTION("twenty tries at once get five verifications at most") {
    std::vector<std::future<int>> tries;
    for (int i = 0; i < 20; ++i) {
      tries.push_back(std::async(
          std::launch::async, [&] { return complete(identity, id, "emailCode", wrong).status; }));
    }
    for (auto& each : tries) CHECK(each.get() == 401);
    CHECK(database.run("SELECT max(tries) FROM emailed_codes") == "5");
    CHECK(complete(identity, id, "emailCode", code).status == 401);
  }
  SECTION("it is for its own sign-in only") {
    CHECK(complete(identity, identity.begin_sign_in(person), "emailCode", code).status == 401);
  }
  SECTION("a verification code is none") {
    CHECK(anonymous
              .post("/v1/accounts/" + person.account_id + "/verify-email-address", {{"code", code}})
              .status == 422);
  }
  SECTION("three are sent for one sign-in") {
    CHECK(send().status == 202);
    CHECK(send().status == 202);
    const auto refused = send();
    CHECK(refused.problem() == "too-many-requests");
    CHECK_FALSE(refused.header("retry-after").empty());
    CHECK(complete(identity, id, "emailCode", code).status == 401);
    CHECK(complete(identity, id, "emailCode", identity.latest_code(person.account_id)).status ==
          200);
  }
}

TEST_CASE("Asking for a sign-in code never tells whether there is such a sign-in") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto anonymous = identity.client();
  const auto answer = anonymous.post("/v1/sign-ins/" + vocabulary::new_uuid() + "/send-code");
  CHECK(answer.status == 202);
  CHECK(answer.text == "{}");
  CHECK(anonymous.post("/v1/sign-ins/7/send-code").problem() == "not-found");
  CHECK(identity.told("notification").empty());
}

TEST_CASE("With TOTP switched off by the operator, factors change in any session") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url(), {.settings = {.totp_required = false}});
  auto person = identity.register_person_with_totp("grace.hopper");
  auto own = identity.client(identity.sign_in_by_email(person).at("accessToken"));
  CHECK(own.post("/v1/account/recovery-codes").status == 201);
  CHECK(own.post("/v1/account/totp").status == 201);
}
