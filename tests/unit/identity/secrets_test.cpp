#include "identity/secrets.hpp"

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "identity/passwords.hpp"
#include "identity/settings.hpp"
#include "identity/totp_codes.hpp"

using namespace identity;
using namespace std::chrono_literals;

namespace {

const auto secrets = Secrets::parse(std::string(64, 'a')).value();
const auto other_secrets = Secrets::parse(std::string(63, 'a') + "b").value();

}  // namespace

TEST_CASE("A master key is 64 hex digits") {
  CHECK(Secrets::parse("00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"));
  CHECK_FALSE(Secrets::parse(""));
  CHECK_FALSE(Secrets::parse(std::string(63, 'a')));
  CHECK_FALSE(Secrets::parse(std::string(66, 'a')));
  CHECK_FALSE(Secrets::parse(std::string(64, 'g')));
  CHECK_FALSE(Secrets::parse(std::string(65, 'a')));
}

TEST_CASE("What is sealed opens with the same key for the same purpose only") {
  const auto sealed = secrets.seal("plain", "totp 1");
  CHECK(sealed.find("plain") == std::string::npos);
  CHECK(secrets.open(sealed, "totp 1") == "plain");
  CHECK(secrets.open(sealed, "totp 2") == std::nullopt);
  CHECK(other_secrets.open(sealed, "totp 1") == std::nullopt);
  CHECK(secrets.open("", "totp 1") == std::nullopt);
  CHECK(secrets.open("not base64!", "totp 1") == std::nullopt);
  auto changed = sealed;
  changed[40] = changed[40] == 'A' ? 'B' : 'A';
  CHECK(secrets.open(changed, "totp 1") == std::nullopt);
  CHECK(secrets.seal("plain", "totp 1") != sealed);
  CHECK(secrets.open(secrets.seal("", "x"), "x") == "");
}

TEST_CASE("A fingerprint depends on code, purpose and master key") {
  const auto print = secrets.fingerprint("12345678", "signIn 1");
  CHECK(print == secrets.fingerprint("12345678", "signIn 1"));
  CHECK(print != secrets.fingerprint("12345679", "signIn 1"));
  CHECK(print != secrets.fingerprint("12345678", "signIn 2"));
  CHECK(print != other_secrets.fingerprint("12345678", "signIn 1"));
}

TEST_CASE("Codes are random and of the form that is told") {
  std::set<std::string> codes;
  for (int i = 0; i < 100; ++i) {
    const auto digits = random_digits(8);
    CHECK(digits.size() == 8);
    CHECK(digits.find_first_not_of("0123456789") == std::string::npos);
    const auto code = random_recovery_code();
    CHECK(code.size() == 11);
    CHECK(code[5] == '-');
    codes.insert(digits);
    codes.insert(code);
  }
  CHECK(codes.size() > 195);
}

TEST_CASE("TOTP codes are those of RFC 6238") {
  const std::string secret = "12345678901234567890";
  const auto [seconds, code] = GENERATE(table<std::int64_t, const char*>({
      {59, "94287082"},
      {1'111'111'109, "07081804"},
      {1'111'111'111, "14050471"},
      {1'234'567'890, "89005924"},
      {2'000'000'000, "69279037"},
      {20'000'000'000, "65353130"},
  }));
  CHECK(totp_code(secret, seconds / 30, 8) == code);
  CHECK(totp_code(secret, seconds / 30) == std::string(code).substr(2));
}

TEST_CASE("A TOTP code is taken in its own step and the two beside it") {
  const std::string secret = "12345678901234567890";
  const Timestamp now(1'234'567'890s);
  const auto step = totp_step(now);
  for (const std::int64_t offset : {-1, 0, 1}) {
    CHECK(find_totp_step(secret, totp_code(secret, step + offset), now) == step + offset);
  }
  CHECK(find_totp_step(secret, totp_code(secret, step - 2), now) == std::nullopt);
  CHECK(find_totp_step(secret, totp_code(secret, step + 2), now) == std::nullopt);
  CHECK(find_totp_step(secret, "", now) == std::nullopt);
  CHECK(find_totp_step(secret, totp_code(secret, step) + "0", now) == std::nullopt);
}

TEST_CASE("A password is verified by its Argon2id hash") {
  Passwords passwords;
  const auto hash = passwords.hash("a long enough password");
  REQUIRE(hash);
  CHECK(hash->starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
  CHECK(passwords.verify(&*hash, "a long enough password")->right);
  CHECK_FALSE(passwords.verify(&*hash, "a long enough passwort")->right);
  CHECK_FALSE(passwords.verify(nullptr, "a long enough password")->right);
  CHECK(passwords.counts().hashes == 4);
  CHECK(passwords.counts().verifications == 2);
}

TEST_CASE("A right password with a weaker hash is to be hashed anew") {
  Passwords weak({.passes = 1, .memory = 8'192});
  Passwords strong({.passes = 2, .memory = 16'384});
  const auto hash = weak.hash("a long enough password");
  CHECK_FALSE(weak.verify(&*hash, "a long enough password")->outdated);
  CHECK(strong.verify(&*hash, "a long enough password")->outdated);
  CHECK_FALSE(strong.verify(&*hash, "another password")->outdated);
}

TEST_CASE("A stored hash that would cost too much is not verified") {
  CHECK(is_affordable("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"));
  for (const char* costly :
       {"$argon2id$v=19$m=4194304,t=2,p=1$c2FsdA$aGFzaA",
        "$argon2id$v=19$m=19456,t=7,p=1$c2FsdA$aGFzaA",
        "$argon2id$v=19$m=19456,t=2,p=2$c2FsdA$aGFzaA", "$argon2i$v=19$m=19456,t=2,p=1$c2FsdA$aA",
        "", "$argon2id$v=19$m=19456,t=2,p=1"}) {
    CAPTURE(costly);
    CHECK_FALSE(is_affordable(costly));
    Passwords passwords({.passes = 1, .memory = 8'192});
    const std::string stored = costly;
    CHECK_FALSE(passwords.verify(&stored, "any password at all")->right);
    CHECK(passwords.counts().hashes == 1);
  }
}

TEST_CASE("Hashes beyond the slots and the queue are refused at once") {
  Passwords passwords({.passes = 1, .memory = 8'192, .slots = 1, .queue_max = 0});
  std::atomic<int> refused = 0, done = 0, odd = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 50; ++j) {
        const auto hash = passwords.hash("a long enough password");
        ++(hash ? done : refused);
        odd += !hash && hash.error() != Refusal::too_many_password_hashes;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(odd == 0);
  CHECK(done + refused == 400);
  CHECK(done > 0);
  CHECK(passwords.counts().hashes == static_cast<std::uint64_t>(done));
}

TEST_CASE("Service clients are read from JSON, and faults are told without their values") {
  const std::string sha256(64, '0');
  const auto clients =
      parse_service_clients(R"([{"clientId": "membership", "clientSecretSha256": ")" + sha256 +
                            R"(", "audiences": ["notification"]}])");
  REQUIRE(clients.size() == 1);
  CHECK(clients[0].id == "membership");
  CHECK(clients[0].audiences == std::vector<std::string>{"notification"});
  CHECK(parse_service_clients("[]").empty());
  for (const char* bad :
       {"", "{}", "[1]", R"([{"clientId": "x"}])",
        R"([{"clientId": "x", "clientSecretSha256": "s3cret", "audiences": []}])"}) {
    CAPTURE(bad);
    CHECK_THROWS_WITH(parse_service_clients(bad), !Catch::Contains("s3cret"));
  }
}
