#include "identity/domain/session.hpp"

#include <catch2/catch.hpp>

#include "identity/domain/account.hpp"
#include "identity/domain/account_event.hpp"
#include "identity/domain/sign_in.hpp"
#include "identity/domain/signing_key.hpp"

using namespace identity;
using namespace std::chrono_literals;

namespace {

const Timestamp monday = vocabulary::parse_timestamp("2026-02-02T09:00:00.000Z").value();

Session session_since(Timestamp start) {
  return {.id = SessionId::generate(),
          .account = AccountId::generate(),
          .assurance = Assurance::totp,
          .source_address = "192.0.2.7",
          .created_at = start,
          .last_used_at = start,
          .expires_at = start + 12h,
          .ended_at = std::nullopt};
}

}  // namespace

TEST_CASE("A session ends after fifteen idle minutes") {
  const auto session = session_since(monday);
  CHECK(is_alive(session, {}, monday + 15min - 1ms));
  CHECK_FALSE(is_alive(session, {}, monday + 15min));
}

TEST_CASE("A session in use ends after twelve hours") {
  auto session = session_since(monday);
  session.last_used_at = monday + 12h - 1min;
  CHECK(is_alive(session, {}, monday + 12h - 1ms));
  CHECK_FALSE(is_alive(session, {}, monday + 12h));
}

TEST_CASE("A session that was ended stays ended") {
  auto session = session_since(monday);
  session.ended_at = monday + 1min;
  CHECK_FALSE(is_alive(session, {}, monday + 1min));
}

TEST_CASE("Factors change only in a session that proved the present ones") {
  for (const auto any : {Assurance::totp, Assurance::recovery_code, Assurance::email}) {
    CHECK(may_enrol_totp(any, false, true));
    CHECK(may_change_password(any, false, true));
    CHECK(may_enrol_totp(any, true, false));
    CHECK(may_change_password(any, true, false));
  }
  CHECK(may_enrol_totp(Assurance::totp, true, true));
  CHECK(may_enrol_totp(Assurance::recovery_code, true, true));
  CHECK_FALSE(may_enrol_totp(Assurance::email, true, true));
  CHECK(may_change_password(Assurance::totp, true, true));
  CHECK_FALSE(may_change_password(Assurance::recovery_code, true, true));
  CHECK_FALSE(may_change_password(Assurance::email, true, true));
}

TEST_CASE("A sign-in is open for ten minutes and until it is completed") {
  SignIn sign_in{.id = SignInId::generate(),
                 .account = AccountId::generate(),
                 .statement_version = "1",
                 .created_at = monday,
                 .expires_at = monday + sign_in_lifetime,
                 .completed_at = std::nullopt};
  CHECK(is_open(sign_in, monday + 10min - 1ms));
  CHECK_FALSE(is_open(sign_in, monday + 10min));
  sign_in.completed_at = monday + 1min;
  CHECK_FALSE(is_open(sign_in, monday + 1min));
}

TEST_CASE("A user id has 6 to 64 letters, digits, dots, underscores and hyphens") {
  for (const char* good : {"abcdef", "Grace.Hopper", "a_b-c.1", "000000"}) {
    CHECK(UserId::parse(good));
  }
  CHECK(UserId::parse(std::string(64, 'x')));
  for (const char* bad :
       {"", "short", "has space", "tab\ttab", "gr\u00e5ce.h", "a@example", "semi;colon"}) {
    CAPTURE(bad);
    CHECK_FALSE(UserId::parse(bad));
  }
  CHECK_FALSE(UserId::parse(std::string(65, 'x')));
  CHECK(UserId::parse("Grace.Hopper")->key() == UserId::parse("gRACE.hOPPER")->key());
}

TEST_CASE("Every word of the domain is read as it is written") {
  for (const auto assurance : {Assurance::totp, Assurance::recovery_code, Assurance::email}) {
    CHECK(parse_assurance(to_text(assurance)) == assurance);
  }
  for (const auto factor :
       {SecondFactor::totp, SecondFactor::recovery_code, SecondFactor::email_code}) {
    CHECK(parse_second_factor(to_text(factor)) == factor);
  }
  for (const char* kind : {"accountCreated", "signInFailed", "locked", "refreshTokenReused"}) {
    REQUIRE(parse_account_event_kind(kind));
    CHECK(to_text(*parse_account_event_kind(kind)) == kind);
  }
  CHECK_FALSE(parse_account_event_kind("Locked"));
  CHECK_FALSE(parse_assurance("TOTP"));
  CHECK_FALSE(parse_second_factor(""));
}

TEST_CASE("A new signing key is published before it signs, the old one after it has signed") {
  const KeyRotation rotation{.published_before = 15min, .published_after = 1h};
  const std::vector<Timestamp> keys{monday, monday + 24h};

  CHECK(find_signing_key(keys, monday - 1ms) == std::nullopt);
  CHECK(find_signing_key(keys, monday) == 0U);
  CHECK(find_signing_key(keys, monday + 24h - 1ms) == 0U);
  CHECK(find_signing_key(keys, monday + 24h) == 1U);

  CHECK(first_published_key(keys, rotation, monday) == 0U);
  CHECK(first_published_key(keys, rotation, monday + 25h - 1ms) == 0U);
  CHECK(first_published_key(keys, rotation, monday + 25h) == 1U);
  CHECK(first_published_key({}, rotation, monday) == 0U);
}
