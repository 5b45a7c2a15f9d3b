#include <future>

#include <catch2/catch.hpp>

#include "support/databases.hpp"
#include "support/identity_service.hpp"

using namespace testing;
using namespace std::chrono_literals;

namespace {

Json credentials(const std::string& user_id, const std::string& password) {
  return {{"userId", user_id}, {"password", password}, {"statementOfTruthVersion", "1"}};
}

// Hashes since `before`.
struct Cost {
  std::uint64_t hashes;
  std::uint64_t verifications;
  bool operator==(const Cost&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Cost& cost) {
  return out << cost.hashes << " hashes, " << cost.verifications << " verifications";
}

// Answers with the same request id are comparable byte by byte.
Answer sign_in(IdentityService& identity, const std::string& user_id, const std::string& password,
               const std::string& from = "192.0.2.1") {
  return identity.client().post("/v1/sign-ins", credentials(user_id, password),
                                {{"X-Request-Id", "same-request"}, {"X-Forwarded-For", from}});
}

Cost cost_of(IdentityService& identity, const std::function<void()>& act) {
  const auto before = identity.service().passwords.counts();
  act();
  const auto after = identity.service().passwords.counts();
  return {after.hashes - before.hashes, after.verifications - before.verifications};
}

}  // namespace

TEST_CASE("S1: A session needs user id, password, Statement of Truth and a second factor") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto person = identity.register_person_with_totp("grace.hopper");
  auto anonymous = identity.client();

  const auto statement = expect(200, anonymous.get("/v1/statement-of-truth")).body();
  CHECK_FALSE(statement.at("text").get<std::string>().empty());
  for (const char* missing : {"userId", "password", "statementOfTruthVersion"}) {
    auto body = credentials(person.user_id, person.password);
    body.erase(missing);
    const auto answer = anonymous.post("/v1/sign-ins", body);
    CHECK(answer.status == 422);
    CHECK(answer.body().at("errors")[0].at("pointer") == std::string("/") + missing);
  }

  auto body = credentials(person.user_id, person.password);
  body["statementOfTruthVersion"] = statement.at("version");
  const auto begun = expect(201, anonymous.post("/v1/sign-ins", body)).body();
  CHECK(begun.at("secondFactors") == Json{"totp", "recoveryCode", "emailCode"});
  CHECK(begun.at("expiresAt") == vocabulary::to_text(identity.clock().now() + 10min));
  CHECK_FALSE(begun.contains("accessToken"));

  const std::string path = "/v1/sign-ins/" + begun.at("id").get<std::string>() + "/second-factor";
  const auto tokens =
      expect(200,
             anonymous.post(path, {{"method", "totp"}, {"code", identity.next_totp_code(person)}}))
          .body();
  CHECK(tokens.at("tokenType") == "Bearer");
  CHECK(tokens.at("expiresIn") == 600);
  CHECK(tokens.at("assurance") == "totp");
  CHECK(identity.client(tokens.at("accessToken")).get("/v1/account").status == 200);

  CHECK(database.run("SELECT statement_version FROM sign_ins WHERE id = '" +
                     begun.at("id").get<std::string>() + "'") == "1");
}

TEST_CASE("An outdated Statement of Truth is refused before the password is looked at") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto body = credentials("grace.hopper", "whatever it is");
  body["statementOfTruthVersion"] = "0";
  const auto cost = cost_of(identity, [&] {
    const auto answer = identity.client().post("/v1/sign-ins", body);
    CHECK(answer.status == 422);
    CHECK(answer.body().at("errors")[0].at("pointer") == "/statementOfTruthVersion");
  });
  CHECK(cost == Cost{0, 0});
}

TEST_CASE(
    "Unknown user, wrong password, unverified and locked account answer the same bytes and cost "
    "one hash each") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto locked = identity.register_person("locked.person");
  for (int i = 0; i < 5; ++i) sign_in(identity, locked.user_id, "a wrong guess");
  const auto person = identity.register_person("grace.hopper");
  identity.client().post("/v1/accounts", {{"userId", "unverified.one"},
                                          {"password", "several quiet words"},
                                          {"name", "Nobody"},
                                          {"emailAddress", "nobody@example.test"}});

  std::vector<Answer> answers;
  const auto try_as = [&](const std::string& user_id, const std::string& password) {
    return cost_of(identity, [&] { answers.push_back(sign_in(identity, user_id, password)); });
  };
  CHECK(try_as(person.user_id, "a wrong guess") == Cost{1, 1});
  CHECK(try_as("unknown.user", "a wrong guess") == Cost{1, 0});
  CHECK(try_as("no id!", "a wrong guess") == Cost{1, 0});
  CHECK(try_as("unverified.one", "several quiet words") == Cost{1, 0});
  CHECK(try_as(locked.user_id, "a wrong guess") == Cost{1, 0});
  CHECK(try_as(locked.user_id, locked.password) == Cost{1, 0});

  for (const auto& answer : answers) {
    CHECK(answer.status == 401);
    CHECK(answer.problem() == "sign-in-refused");
    CHECK(answer.text == answers[0].text);
    auto headers = answer.headers, first = answers[0].headers;
    std::erase_if(headers, [](const auto& header) { return header.first == "date"; });
    std::erase_if(first, [](const auto& header) { return header.first == "date"; });
    CHECK(headers == first);
  }
}

TEST_CASE("The sixth wrong try is not verified, nor is a right one after it") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto person = identity.register_person("grace.hopper");

  for (int i = 0; i < 5; ++i) {
    CHECK(cost_of(identity, [&] {
            CHECK(sign_in(identity, person.user_id, "a wrong guess").status == 401);
          }) == Cost{1, 1});
  }
  CHECK(cost_of(identity, [&] {
          CHECK(sign_in(identity, person.user_id, "a wrong guess").status == 401);
          CHECK(sign_in(identity, person.user_id, person.password, "192.0.2.99").status == 401);
        }) == Cost{2, 0});
  CHECK(identity.told("notification").back().at("type") == "account.locked");
  CHECK(identity.told("notification").back().at("data") == Json{{"accountId", person.account_id}});
}

TEST_CASE("Twenty wrong tries at once get five verifications at most") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto person = identity.register_person("grace.hopper");

  const auto cost = cost_of(identity, [&] {
    std::vector<std::future<int>> tries;
    for (int i = 0; i < 20; ++i) {
      tries.push_back(std::async(std::launch::async, [&] {
        return sign_in(identity, person.user_id, "a wrong guess").status;
      }));
    }
    for (auto& each : tries) CHECK(each.get() == 401);
  });
  CHECK(cost == Cost{20, 5});
  CHECK(sign_in(identity, person.user_id, person.password).status == 401);
}

TEST_CASE("A lock survives a restart and ends after sixty minutes") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  const auto clock = std::make_shared<VirtualClock>();
  Person person;
  {
    IdentityService identity(database.url(), {.clock = clock});
    person = identity.register_person("grace.hopper");
    for (int i = 0; i < 5; ++i) sign_in(identity, person.user_id, "a wrong guess");
  }
  IdentityService identity(database.url(), {.clock = clock});
  CHECK(sign_in(identity, person.user_id, person.password).status == 401);
  clock->advance(60min - 1ms);
  CHECK(sign_in(identity, person.user_id, person.password).status == 401);
  clock->advance(1ms);
  CHECK(sign_in(identity, person.user_id, person.password).status == 201);
}

TEST_CASE("After a lock the count begins anew, and tries older than two hours do not count") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto person = identity.register_person("grace.hopper");
  for (int i = 0; i < 5; ++i) sign_in(identity, person.user_id, "a wrong guess");
  identity.clock().advance(60min);
  for (int i = 0; i < 4; ++i) sign_in(identity, person.user_id, "a wrong guess");
  CHECK(sign_in(identity, person.user_id, person.password).status == 201);

  identity.clock().advance(120min);
  for (int i = 0; i < 4; ++i) sign_in(identity, person.user_id, "a wrong guess");
  CHECK(sign_in(identity, person.user_id, person.password).status == 201);
  CHECK(sign_in(identity, person.user_id, "a wrong guess").status == 401);
  CHECK(sign_in(identity, person.user_id, person.password).status == 401);
}

TEST_CASE("Wrong second factors count as wrong tries") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto person = identity.register_person_with_totp("grace.hopper");
  auto anonymous = identity.client();
  const auto path = "/v1/sign-ins/" + identity.begin_sign_in(person) + "/second-factor";
  const std::string first =
      anonymous.post(path, {{"method", "totp"}, {"code", "x"}}, {{"X-Request-Id", "same-request"}})
          .text;
  for (const char* method : {"totp", "recoveryCode", "emailCode"}) {
    const auto answer = anonymous.post(path, {{"method", method}, {"code", "00000"}},
                                       {{"X-Request-Id", "same-request"}});
    CHECK(answer.problem() == "second-factor-refused");
    CHECK(answer.text == first);
  }
  CHECK(sign_in(identity, person.user_id, person.password).status == 201);
  CHECK(anonymous.post(path, {{"method", "totp"}, {"code", "00000"}}).status == 401);

  const auto code = identity.next_totp_code(person);
  CHECK(anonymous.post(path, {{"method", "totp"}, {"code", code}}).status == 401);
  CHECK(sign_in(identity, person.user_id, person.password).status == 401);
  identity.clock().advance(60min);
  CHECK_NOTHROW(identity.sign_in_with_totp(person));
}

TEST_CASE("A right password alone does not make wrong second factors forgotten") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto person = identity.register_person_with_totp("grace.hopper");
  for (int i = 0; i < 5; ++i) {
    const auto path = "/v1/sign-ins/" + identity.begin_sign_in(person) + "/second-factor";
    CHECK(identity.client().post(path, {{"method", "totp"}, {"code", "00000"}}).status == 401);
  }
  CHECK_THROWS(identity.begin_sign_in(person));
}

TEST_CASE("A completed sign-in makes the wrong tries before it forgotten") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto person = identity.register_person_with_totp("grace.hopper");
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i) sign_in(identity, person.user_id, "a wrong guess");
    CHECK_NOTHROW(identity.sign_in_with_totp(person));
  }
}

TEST_CASE("Too many wrong tries from one network lock signing in from there, for any account") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url(), {.settings = {.network_lockout = {.tries_max = 6}}});
  const auto person = identity.register_person("grace.hopper");
  for (int i = 0; i < 6; ++i) {
    sign_in(identity, "unknown." + std::to_string(i), "a wrong guess",
            "2001:db8:1:2::" + std::to_string(i + 1));
  }
  CHECK(cost_of(identity, [&] {
          CHECK(sign_in(identity, person.user_id, person.password, "2001:db8:1:2::77").status ==
                401);
        }) == Cost{1, 0});
  CHECK(sign_in(identity, person.user_id, person.password, "2001:db8:1:3::1").status == 201);
  identity.clock().advance(60min);
  CHECK(sign_in(identity, person.user_id, person.password, "2001:db8:1:2::77").status == 201);
}

TEST_CASE("A sign-in lasts ten minutes and is completed once") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto person = identity.register_person_with_totp("grace.hopper");
  auto anonymous = identity.client();
  const auto complete = [&](const std::string& id) {
    return anonymous.post("/v1/sign-ins/" + id + "/second-factor",
                          {{"method", "totp"}, {"code", identity.next_totp_code(person)}});
  };
  const auto late = identity.begin_sign_in(person);
  identity.clock().advance(10min);
  CHECK(complete(late).problem() == "second-factor-refused");

  const auto id = identity.begin_sign_in(person);
  CHECK(complete(id).status == 200);
  CHECK(complete(id).problem() == "second-factor-refused");
  CHECK(complete(vocabulary::new_uuid()).problem() == "second-factor-refused");
  CHECK(complete("7").problem() == "not-found");
}

TEST_CASE("Both steps of signing in are answered again for the same Idempotency-Key") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto person = identity.register_person_with_totp("grace.hopper");
  auto anonymous = identity.client();
  const Headers first_key{{"Idempotency-Key", "sign-in-key-1"}};
  const Headers second_key{{"Idempotency-Key", "sign-in-key-2"}};

  const auto body = credentials(person.user_id, person.password);
  const auto begun = expect(201, anonymous.post("/v1/sign-ins", body, first_key));
  CHECK(anonymous.post("/v1/sign-ins", body, first_key).text == begun.text);

  const std::string path =
      "/v1/sign-ins/" + begun.body().at("id").get<std::string>() + "/second-factor";
  const Json factor{{"method", "totp"}, {"code", identity.next_totp_code(person)}};
  const auto completed = expect(200, anonymous.post(path, factor, second_key));
  for (int i = 0; i < 6; ++i) {
    CHECK(anonymous.post(path, factor, second_key).text == completed.text);
  }
  CHECK(database.run("SELECT count(*) FROM sessions WHERE assurance = 'totp'") == "2");
  CHECK_NOTHROW(identity.begin_sign_in(person));
}

TEST_CASE("A wrong password is never answered from an earlier answer") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto person = identity.register_person("grace.hopper");
  auto anonymous = identity.client();
  const Headers key{{"Idempotency-Key", "known-to-a-thief"}};
  REQUIRE(
      anonymous.post("/v1/sign-ins", credentials(person.user_id, person.password), key).status ==
      201);
  for (int i = 0; i < 5; ++i) {
    CHECK(
        anonymous.post("/v1/sign-ins", credentials(person.user_id, "a wrong guess"), key).status ==
        401);
  }
  CHECK(anonymous.post("/v1/sign-ins", credentials(person.user_id, person.password), key).status ==
        401);
}

TEST_CASE("When all hashing slots and their queue are taken, signing in answers 503 at once") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(
      database.url(),
      {.hashing = {.passes = 3, .memory = 32 * 1024 * 1024, .slots = 1, .queue_max = 1}});
  std::vector<std::future<Answer>> tries;
  for (int i = 0; i < 12; ++i) {
    tries.push_back(std::async(std::launch::async,
                               [&] { return sign_in(identity, "unknown.user", "a wrong guess"); }));
  }
  int refused = 0;
  for (auto& each : tries) {
    const auto answer = each.get();
    if (answer.status == 401) continue;
    CHECK(answer.status == 503);
    CHECK(answer.problem() == "unavailable");
    CHECK(answer.header("retry-after") == "1");
    ++refused;
  }
  CHECK(refused > 0);
  CHECK(refused < 12);
}

TEST_CASE("A password with a weaker hash is hashed anew when it is right") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  const auto clock = std::make_shared<VirtualClock>();
  Person person;
  {
    IdentityService identity(database.url(), {.clock = clock});
    person = identity.register_person("grace.hopper");
  }
  IdentityService identity(
      database.url(), {.hashing = {.passes = 2, .memory = 16'384, .slots = 2}, .clock = clock});
  CHECK(cost_of(identity, [&] { sign_in(identity, person.user_id, "a wrong guess"); }) ==
        Cost{1, 1});
  CHECK(cost_of(identity, [&] { identity.begin_sign_in(person); }) == Cost{2, 1});
  CHECK(cost_of(identity, [&] { identity.begin_sign_in(person); }) == Cost{1, 1});
  CHECK(database.run("SELECT password_hash FROM accounts").starts_with("$argon2id$v=19$m=16,t=2"));
}

TEST_CASE("Bad input to a second factor is refused by the name of its field") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto anonymous = identity.client();
  const auto path = "/v1/sign-ins/" + vocabulary::new_uuid() + "/second-factor";
  const std::vector<std::pair<Json, const char*>> bad = {
      {{{"method", "password"}, {"code", "1"}}, "/method"},
      {{{"code", "1"}}, "/method"},
      {{{"method", "totp"}}, "/code"},
      {{{"method", "totp"}, {"code", 123456}}, "/code"},
      {{{"method", "totp"}, {"code", std::string(33, '1')}}, "/code"},
      {{{"method", "totp"}, {"code", "1"}, {"remember", true}}, "/remember"},
  };
  for (const auto& [body, pointer] : bad) {
    CAPTURE(body);
    const auto answer = anonymous.post(path, body);
    CHECK(answer.status == 422);
    CHECK(answer.body().at("errors")[0].at("pointer") == pointer);
  }
}
