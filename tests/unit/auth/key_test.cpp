#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "auth/encoding.hpp"
#include "auth/jws.hpp"

using namespace auth;
using nlohmann::json;

namespace {

// RFC 7515, A.3.
const json rfc_key = {{"kty", "EC"},
                      {"crv", "P-256"},
                      {"x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"},
                      {"y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}};
const std::string rfc_signed_part =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    "fQ";
const std::string rfc_signature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

std::string pem_of(EVP_PKEY* key) {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  EVP_PKEY_free(key);
  return pem;
}

json with(json object, const char* name, const json& value) {
  object[name] = value;
  return object;
}

json without(json object, const char* name) {
  object.erase(name);
  return object;
}

}  // namespace

TEST_CASE("The ES256 signature of RFC 7515, A.3 verifies") {
  const auto key = Key::from_jwk(rfc_key);
  REQUIRE(key);
  const std::string signature = *from_base64url(rfc_signature);
  CHECK(key->verify(rfc_signed_part, signature));
  CHECK_FALSE(key->verify(rfc_signed_part + "x", signature));
  CHECK_FALSE(key->verify(rfc_signed_part, signature.substr(1)));
  CHECK_FALSE(key->verify(rfc_signed_part, signature + "x"));
  CHECK_FALSE(key->verify(rfc_signed_part, std::string(64, '\0')));
  CHECK_FALSE(key->verify(rfc_signed_part, std::string(64, '\xFF')));
}

TEST_CASE("A key's id is its RFC 7638 thumbprint") {
  CHECK(Key::from_jwk(rfc_key)->id() == "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
}

TEST_CASE("A key survives PEM and JWK") {
  const Key key = Key::generate();
  const std::string signature = key.sign("text");
  CHECK(signature.size() == 64);

  const auto from_pem = Key::from_pem(key.to_private_pem());
  REQUIRE(from_pem);
  CHECK(from_pem->id() == key.id());
  CHECK(key.verify("other", from_pem->sign("other")));

  const json jwk = key.to_public_jwk();
  CHECK(jwk["kid"] == key.id());
  CHECK(jwk["use"] == "sig");
  CHECK(jwk["alg"] == "ES256");
  CHECK_FALSE(jwk.contains("d"));
  const auto from_jwk = Key::from_jwk(jwk);
  REQUIRE(from_jwk);
  CHECK(from_jwk->id() == key.id());
  CHECK(from_jwk->verify("text", signature));
  CHECK_THROWS(from_jwk->sign("text"));
  CHECK_FALSE(Key::generate().verify("text", signature));
}

TEST_CASE("A key whose coordinate starts with zeros keeps its 32 bytes") {
  // One key in 128 has such a coordinate.
  for (int i = 0; i < 10'000; ++i) {
    const Key key = Key::generate();
    const json jwk = key.to_public_jwk();
    const auto x = from_base64url(jwk["x"].get<std::string>());
    REQUIRE(x->size() == 32);
    if (x->front() != '\0') continue;
    CHECK(Key::from_jwk(jwk)->id() == key.id());
    return;
  }
  FAIL("no such key among 10,000");
}

TEST_CASE("PEM of another kind of key is no key") {
  CHECK_FALSE(Key::from_pem(""));
  CHECK_FALSE(Key::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
  CHECK_FALSE(Key::from_pem(pem_of(EVP_EC_gen("P-384"))));
  CHECK_FALSE(Key::from_pem(pem_of(EVP_EC_gen("secp256k1"))));
  CHECK_FALSE(Key::from_pem(pem_of(EVP_RSA_gen(2048))));
  CHECK_FALSE(Key::from_pem(pem_of(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))));
}

TEST_CASE("A JWK that is anything but a public P-256 signature key is refused") {
  const json odd[] = {
      json(),
      json::array(),
      "text",
      json::object(),
      with(rfc_key, "kty", "oct"),
      with(rfc_key, "kty", 1),
      with(rfc_key, "crv", "P-384"),
      with(rfc_key, "crv", nullptr),
      with(rfc_key, "use", "enc"),
      with(rfc_key, "use", 7),
      with(rfc_key, "alg", "HS256"),
      with(rfc_key, "alg", "none"),
      with(rfc_key, "kid", "another"),
      with(rfc_key, "kid", 1),
      with(rfc_key, "d", "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"),
      with(rfc_key, "x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU="),
      with(rfc_key, "x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEV"),  // loose tail bit
      with(rfc_key, "x", "AAAA"),
      with(rfc_key, "x", rfc_key["y"]),  // not on the curve
      with(rfc_key, "x", json::array()),
      without(rfc_key, "y"),
      without(rfc_key, "kty"),
  };
  for (const auto& jwk : odd) {
    INFO(jwk.dump());
    CHECK_FALSE(Key::from_jwk(jwk));
  }
  CHECK(Key::from_jwk(with(rfc_key, "alg", "ES256")));
  CHECK(Key::from_jwk(with(rfc_key, "use", "sig")));
}

TEST_CASE("One key signs and verifies from several threads at once") {
  const Key key = Key::generate();
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string text = std::to_string(t) + "." + std::to_string(i);
        if (key.verify(text, key.sign(text))) ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(good == 200);
}
