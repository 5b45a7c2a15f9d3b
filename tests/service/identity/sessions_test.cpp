#include <future>

#include <catch2/catch.hpp>

#include "support/databases.hpp"
#include "support/identity_service.hpp"

using namespace testing;
using namespace std::chrono_literals;

namespace {

Answer refresh(IdentityService& identity, const Json& tokens, const Headers& headers = {}) {
  return identity.client().post("/v1/tokens/refresh", {{"refreshToken", tokens.at("refreshToken")}},
                                headers);
}

}  // namespace

TEST_CASE("A refresh token is good once, and using it again ends the session") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto person = identity.register_person("grace.hopper");
  const auto first = identity.sign_in_by_email(person);
  const auto second = expect(200, refresh(identity, first)).body();
  CHECK(second.at("sessionId") == first.at("sessionId"));
  CHECK(second.at("refreshToken") != first.at("refreshToken"));
  const auto third = expect(200, refresh(identity, second)).body();

  CHECK(refresh(identity, first).problem() == "refresh-token-refused");
  CHECK(refresh(identity, third).problem() == "refresh-token-refused");
  CHECK(identity.client(third.at("accessToken")).get("/v1/account").status == 401);

  auto own = identity.client(identity.sign_in_by_email(person).at("accessToken"));
  CHECK(own.get("/v1/account/events").body().at("items")[1].at("kind") == "refreshTokenReused");
}

TEST_CASE("Two refreshes at once with one token end the session") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto person = identity.register_person("grace.hopper");
  for (int round = 0; round < 10; ++round) {
    const auto tokens = identity.sign_in_by_email(person);
    const auto try_it = [&] {
      return std::async(std::launch::async, [&] { return refresh(identity, tokens); });
    };
    auto one = try_it(), other = try_it();
    const auto one_answer = one.get(), other_answer = other.get();
    CHECK(one_answer.status + other_answer.status == 200 + 401);
    const auto& winner = one_answer.status == 200 ? one_answer : other_answer;
    CHECK(refresh(identity, winner.body()).status == 401);
    CHECK(identity.client(tokens.at("accessToken")).get("/v1/account").status == 401);
  }
}

TEST_CASE("A repeated refresh with the same Idempotency-Key is answered again") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto tokens = identity.sign_in_by_email(identity.register_person("grace.hopper"));
  const Headers key{{"Idempotency-Key", "refresh-once-1"}};
  const auto first = expect(200, refresh(identity, tokens, key));
  CHECK(refresh(identity, tokens, key).text == first.text);
  CHECK(refresh(identity, first.body()).status == 200);
}

TEST_CASE("A made-up refresh token is refused and ends nothing") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto tokens = identity.sign_in_by_email(identity.register_person("grace.hopper"));
  auto made_up = tokens;
  for (const char* text : {"x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "' OR '1'='1"}) {
    made_up["refreshToken"] = text;
    CHECK(refresh(identity, made_up).problem() == "refresh-token-refused");
  }
  made_up["refreshToken"] = std::string(513, 'x');
  CHECK(refresh(identity, made_up).status == 422);
  CHECK(refresh(identity, tokens).status == 200);
  CHECK(database.run("SELECT count(*) FROM refresh_tokens WHERE token_hash = '" +
                     tokens.at("refreshToken").get<std::string>() + "'") == "0");
}

TEST_CASE("A session ends after fifteen idle minutes, refreshed or not") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto tokens = identity.sign_in_by_email(identity.register_person("grace.hopper"));
  for (int i = 0; i < 3; ++i) {
    identity.clock().advance(15min - 1ms);
    tokens = expect(200, refresh(identity, tokens)).body();
  }
  // What it is used for here counts as use, too.
  identity.clock().advance(9min);
  CHECK(identity.client(tokens.at("accessToken")).get("/v1/account").status == 200);
  identity.clock().advance(14min);
  tokens = expect(200, refresh(identity, tokens)).body();
  identity.clock().advance(15min);
  CHECK(refresh(identity, tokens).problem() == "refresh-token-refused");
}

TEST_CASE("A session ends after twelve hours, however busy") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  auto tokens = identity.sign_in_by_email(identity.register_person("grace.hopper"));
  for (int i = 0; i < 71; ++i) {
    identity.clock().advance(10min);
    tokens = expect(200, refresh(identity, tokens)).body();
  }
  identity.clock().advance(10min - 1ms);
  tokens = expect(200, refresh(identity, tokens)).body();
  identity.clock().advance(1ms);
  CHECK(refresh(identity, tokens).status == 401);
  CHECK(identity.client(tokens.at("accessToken")).get("/v1/account").status == 401);
}

TEST_CASE("Sessions are listed and revoked, and a revoked session is refused at once") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto person = identity.register_person("grace.hopper");
  const auto there = identity.sign_in_by_email(person);
  identity.clock().advance(1min);
  const auto here = identity.sign_in_by_email(person);
  auto own = identity.client(here.at("accessToken"));

  const auto listed = expect(200, own.get("/v1/sessions")).body();
  CHECK(listed.at("nextCursor").is_null());
  REQUIRE(listed.at("items").size() == 2);
  CHECK(listed.at("items")[0] == Json{{"id", here.at("sessionId")},
                                      {"createdAt", "2026-02-02T09:01:00.000Z"},
                                      {"lastUsedAt", "2026-02-02T09:01:00.000Z"},
                                      {"expiresAt", "2026-02-02T21:01:00.000Z"},
                                      {"assurance", "email"},
                                      {"sourceAddress", "127.0.0.1"},
                                      {"current", true}});
  CHECK(listed.at("items")[1].at("current") == false);

  const auto revoke = [](Client client, const std::string& id) {
    return client.post("/v1/sessions/" + id + "/revoke");
  };
  CHECK(revoke(own, there.at("sessionId")).status == 204);
  CHECK(revoke(own, there.at("sessionId")).status == 204);
  CHECK(identity.client(there.at("accessToken")).get("/v1/account").status == 401);
  CHECK(refresh(identity, there).status == 401);
  CHECK(own.get("/v1/sessions").body().at("items").size() == 1);

  auto stranger = identity.client(
      identity.sign_in_by_email(identity.register_person("other.person")).at("accessToken"));
  const Headers same_id{{"X-Request-Id", "same-request"}};
  const auto not_yours =
      stranger.post("/v1/sessions/" + here.at("sessionId").get<std::string>() + "/revoke",
                    Json::object(), same_id);
  const auto not_there =
      stranger.post("/v1/sessions/" + vocabulary::new_uuid() + "/revoke", Json::object(), same_id);
  CHECK(not_yours.problem() == "not-found");
  CHECK(not_yours.text == not_there.text);
  CHECK(revoke(stranger, "7").problem() == "not-found");
  CHECK(own.get("/v1/account").status == 200);
}

TEST_CASE("Signing out ends the session at once") {
  const FreshDatabase database(GENERATE(from_range(database_kinds())));
  IdentityService identity(database.url());
  const auto tokens = identity.sign_in_by_email(identity.register_person("grace.hopper"));
  auto own = identity.client(tokens.at("accessToken"));
  CHECK(own.post("/v1/sign-out").status == 204);
  CHECK(refresh(identity, tokens).status == 401);
  for (const char* path : {"/v1/account", "/v1/sessions", "/v1/account/events"}) {
    CHECK(own.get(path).problem() == "unauthenticated");
  }
  for (const char* path : {"/v1/sign-out", "/v1/account/totp", "/v1/account/totp/confirm",
                           "/v1/account/change-password",
                           "/v1/sessions/0190b8c1-3c1e-7f00-8000-000000000001/revoke"}) {
    CHECK(own.post(path).problem() == "unauthenticated");
  }
  CHECK(own.patch("/v1/account", {{"name", "X"}}).problem() == "unauthenticated");
}
