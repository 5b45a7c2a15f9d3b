#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include "tokens.hpp"

using namespace tokens;
using auth::Key;
using nlohmann::json;

namespace {

std::optional<json> verify(const Key& key, const std::string& token) {
  return auth::verify_token(token, expected, only(key), now);
}

json with(json object, const char* name, const json& value) {
  object[name] = value;
  return object;
}

json without(json object, const char* name) {
  object.erase(name);
  return object;
}

std::string public_pem(const Key& key) {
  const std::string private_pem = key.to_private_pem();
  BIO* input = BIO_new_mem_buf(private_pem.data(), static_cast<int>(private_pem.size()));
  EVP_PKEY* pkey = PEM_read_bio_PrivateKey(input, nullptr, nullptr, nullptr);
  BIO* output = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(output, pkey);
  char* data = nullptr;
  const long size = BIO_get_mem_data(output, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  BIO_free(output);
  EVP_PKEY_free(pkey);
  BIO_free(input);
  return pem;
}

std::string hmac_sha256(const std::string& secret, const std::string& text) {
  std::string mac(32, '\0');
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &size);
  return mac;
}

}  // namespace

TEST_CASE("A good token gives its claims") {
  const Key key = Key::generate();
  const auto claims = verify(key, auth::sign_token(key, "at+jwt", good_claims()));
  REQUIRE(claims);
  CHECK(*claims == good_claims());
}

TEST_CASE("A token with alg none is refused, with and without a signature") {
  const Key key = Key::generate();
  for (const char* alg : {"none", "None", "NONE", ""}) {
    const std::string header = with(good_header(key), "alg", alg).dump();
    const std::string signed_part =
        auth::to_base64url(header) + "." + auth::to_base64url(good_claims().dump());
    CHECK_FALSE(verify(key, signed_part + "."));
    CHECK_FALSE(verify(key, forge(key, header, good_claims().dump())));
  }
}

TEST_CASE("A token signed by HS256 with the public key as the secret is refused") {
  const Key key = Key::generate();
  for (const std::string& secret : {public_pem(key), key.to_public_jwk().dump()}) {
    for (const char* alg : {"HS256", "ES256"}) {
      const std::string signed_part =
          auth::to_base64url(with(good_header(key), "alg", alg).dump()) + "." +
          auth::to_base64url(good_claims().dump());
      CHECK_FALSE(
          verify(key, signed_part + "." + auth::to_base64url(hmac_sha256(secret, signed_part))));
    }
  }
}

TEST_CASE("A token of another key is refused, also when it names ours") {
  const Key key = Key::generate();
  const Key other = Key::generate();
  CHECK_FALSE(verify(key, auth::sign_token(other, "at+jwt", good_claims())));
  CHECK_FALSE(verify(key, forge(other, good_header(key).dump(), good_claims().dump())));
}

TEST_CASE("A key brought along in the header is not used") {
  const Key key = Key::generate();
  const Key other = Key::generate();
  for (const char* name : {"jwk", "jku", "x5u"}) {
    const json header = with(good_header(key), name, other.to_public_jwk());
    CHECK_FALSE(verify(key, forge(other, header.dump(), good_claims().dump())));
  }
}

TEST_CASE("A kid that is unknown, a path, a query, empty, missing or no text is refused") {
  const Key key = Key::generate();
  const json odd[] = {"unknown",
                      "",
                      "../../../../dev/null",
                      "/etc/passwd",
                      "' OR 1=1 --",
                      "x' UNION SELECT 'secret",
                      key.id() + " ",
                      key.id() + "\n",
                      std::string("\0", 1) + key.id(),
                      key.id().substr(1),
                      1,
                      true,
                      nullptr,
                      json::array({key.id()}),
                      {{"kid", key.id()}}};
  for (const auto& kid : odd) {
    INFO(kid.dump());
    CHECK_FALSE(
        verify(key, forge(key, with(good_header(key), "kid", kid).dump(), good_claims().dump())));
  }
  CHECK_FALSE(
      verify(key, forge(key, without(good_header(key), "kid").dump(), good_claims().dump())));
}

TEST_CASE("A header that says another or no type or algorithm, or crit, is refused") {
  const Key key = Key::generate();
  const json odd[] = {
      with(good_header(key), "typ", "JWT"),    with(good_header(key), "typ", "AT+JWT"),
      with(good_header(key), "typ", 1),        without(good_header(key), "typ"),
      with(good_header(key), "alg", "ES384"),  with(good_header(key), "alg", "es256"),
      with(good_header(key), "alg", 256),      without(good_header(key), "alg"),
      with(good_header(key), "crit", {"exp"}), with(good_header(key), "crit", json::array()),
      with(good_header(key), "crit", nullptr),
  };
  for (const auto& header : odd) {
    INFO(header.dump());
    CHECK_FALSE(verify(key, forge(key, header.dump(), good_claims().dump())));
  }
}

TEST_CASE("A token for another audience or of another issuer is refused") {
  const Key key = Key::generate();
  const json odd[] = {
      with(good_claims(), "aud", "membership"),
      with(good_claims(), "aud", "countersign "),
      with(good_claims(), "aud", "Countersign"),
      with(good_claims(), "aud", json::array()),
      with(good_claims(), "aud", json::array({"other", 1, nullptr})),
      with(good_claims(), "aud", {{"countersign", true}}),
      with(good_claims(), "aud", nullptr),
      without(good_claims(), "aud"),
      with(good_claims(), "iss", "https://issuer.example/"),
      with(good_claims(), "iss", "https://other.example"),
      with(good_claims(), "iss", json::array({"https://issuer.example"})),
      without(good_claims(), "iss"),
  };
  for (const auto& claims : odd) {
    INFO(claims.dump());
    CHECK_FALSE(verify(key, auth::sign_token(key, "at+jwt", claims)));
  }
  const json several = with(good_claims(), "aud", json::array({"other", "countersign"}));
  CHECK(verify(key, auth::sign_token(key, "at+jwt", several)));
}

TEST_CASE("A token that is expired, never expires, or is not valid yet is refused") {
  const Key key = Key::generate();
  const json odd[] = {
      with(good_claims(), "exp", now_seconds - 30),
      with(good_claims(), "exp", now_seconds - 86'400),
      with(good_claims(), "exp", 0),
      with(good_claims(), "exp", -1),
      with(good_claims(), "exp", std::to_string(now_seconds + 600)),
      with(good_claims(), "exp", static_cast<double>(now_seconds) + 600.5),
      with(good_claims(), "exp", 1e300),
      with(good_claims(), "exp", std::numeric_limits<std::int64_t>::max()),
      with(good_claims(), "exp", std::numeric_limits<std::uint64_t>::max()),
      with(good_claims(), "exp", true),
      with(good_claims(), "exp", nullptr),
      with(good_claims(), "exp", json::array({now_seconds + 600})),
      without(good_claims(), "exp"),
      with(good_claims(), "nbf", now_seconds + 31),
      with(good_claims(), "nbf", std::to_string(now_seconds)),
      with(good_claims(), "nbf", std::numeric_limits<std::int64_t>::max()),
      with(good_claims(), "nbf", nullptr),
  };
  for (const auto& claims : odd) {
    INFO(claims.dump());
    CHECK_FALSE(verify(key, auth::sign_token(key, "at+jwt", claims)));
  }
}

TEST_CASE("Clocks may differ by 30 seconds") {
  const Key key = Key::generate();
  CHECK(verify(key, auth::sign_token(key, "at+jwt", with(good_claims(), "exp", now_seconds - 29))));
  CHECK(verify(key, auth::sign_token(key, "at+jwt", with(good_claims(), "nbf", now_seconds + 30))));
}

TEST_CASE("A token is exactly three parts of canonical base64url") {
  const Key key = Key::generate();
  const std::string good = auth::sign_token(key, "at+jwt", good_claims());
  const auto first = good.find('.');
  const auto second = good.rfind('.');
  REQUIRE(verify(key, good));

  for (const std::string& token :
       {std::string(), std::string("."), std::string(".."), std::string("..."), good + ".",
        "." + good, good + "." + good, good.substr(0, second), good.substr(0, first), good + "=",
        good + "==", good + "\n", " " + good, good.substr(0, first) + "=" + good.substr(first),
        good.substr(0, first) + "." + good.substr(second)}) {
    INFO(token);
    CHECK_FALSE(verify(key, token));
  }

  // 64 bytes leave four loose bits in the last character: another spelling of the same signature.
  std::string respelled = good;
  respelled.back() = static_cast<char>(respelled.back() + 1);
  CHECK_FALSE(verify(key, respelled));
}

TEST_CASE("Any changed character makes a token bad") {
  const Key key = Key::generate();
  const std::string good = auth::sign_token(key, "at+jwt", good_claims());
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    INFO(i);
    CHECK_FALSE(verify(key, changed));
  }
}

TEST_CASE("Duplicate names, deep nesting, NUL, BOM and what is no object are refused") {
  const Key key = Key::generate();
  const std::string header = good_header(key).dump();
  const std::string claims = good_claims().dump();
  const std::string rest = claims.substr(1);
  const std::string odd_claims[] = {
      R"({"sub":"someone",)" + rest,
      R"({"exp":1,)" + rest,
      R"({"extra":{"a":1,"a":2},)" + rest,
      R"({"s\u0075b":"someone",)" + rest,
      R"({"extra":[[[[[1]]]]],)" + rest,
      "\xEF\xBB\xBF" + claims,
      claims + std::string(1, '\0'),
      claims + "x",
      claims.substr(0, claims.size() - 1),
      "[" + claims + "]",
      "null",
      "\"text\"",
      "",
      "{\"extra\":\"\xFF\"," + rest,
  };
  for (const auto& each : odd_claims) {
    INFO(each);
    CHECK_FALSE(verify(key, forge(key, header, each)));
  }
  CHECK_FALSE(verify(key, forge(key, R"({"alg":"ES256",)" + header.substr(1), claims)));
  CHECK_FALSE(verify(key, forge(key, R"({"alg":"none",)" + header.substr(1), claims)));
  CHECK_FALSE(verify(key, forge(key, "[]", claims)));
}

TEST_CASE("A token over 8 KiB is refused unread") {
  const Key key = Key::generate();
  const auto token_of = [&key](std::size_t extra) {
    return auth::sign_token(key, "at+jwt", with(good_claims(), "extra", std::string(extra, 'x')));
  };
  CHECK(token_of(5'700).size() < 8'192);
  CHECK(verify(key, token_of(5'700)));
  CHECK(token_of(6'000).size() > 8'192);
  bool asked = false;
  CHECK_FALSE(auth::verify_token(
      token_of(6'000), expected,
      [&](const std::string&) {
        asked = true;
        return std::optional(key);
      },
      now));
  CHECK_FALSE(asked);
}
