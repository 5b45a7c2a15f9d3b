#include "auth/jws.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "auth/encoding.hpp"

namespace auth {

namespace {

using nlohmann::json;

constexpr std::size_t token_max = 8 * 1024;
constexpr std::size_t coordinate_size = 32;
constexpr std::int64_t leeway_seconds = 30;
constexpr std::int64_t last_second = 253'402'300'799;  // of the year 9999

template <auto free>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using PublicKey = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using ParameterBuilder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;

const unsigned char* as_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* as_bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

void require(bool succeeded, const char* step) {
  if (!succeeded) throw std::runtime_error(std::string("OpenSSL failed: ") + step);
}

EVP_PKEY* pkey(const std::shared_ptr<void>& key) {
  return static_cast<EVP_PKEY*>(key.get());
}

bool is_p256(const EVP_PKEY* key) {
  char group[64] = "";
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(key, group, sizeof group, nullptr) == 1 &&
         std::string_view(group) == SN_X9_62_prime256v1;
}

std::string coordinate(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  require(EVP_PKEY_get_bn_param(key, name, &number) == 1, "reading a public key");
  const Number owner(number);
  std::string bytes(coordinate_size, '\0');
  require(BN_bn2binpad(number, as_bytes(bytes), coordinate_size) == coordinate_size,
          "writing a public key");
  return bytes;
}

// Compact, members in the order RFC 7638 wants.
json required_members(const EVP_PKEY* key) {
  return {{"crv", "P-256"},
          {"kty", "EC"},
          {"x", to_base64url(coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X))},
          {"y", to_base64url(coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y))}};
}

// The member's text, or nullopt when it is absent or anything else.
std::optional<std::string> text_member(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<std::string> coordinate_member(const json& jwk, const char* name) {
  auto bytes = from_base64url(text_member(jwk, name).value_or(""));
  if (!bytes || bytes->size() != coordinate_size) return std::nullopt;
  return bytes;
}

struct Oddity {};

// One JSON object: no duplicate names, at most four levels, no BOM or NUL.
std::optional<json> parse_object(const std::string& text) {
  if (text.find('\0') != std::string::npos || text.starts_with("\xEF\xBB\xBF")) return std::nullopt;
  std::vector<std::vector<std::string>> names;
  const auto refuse_oddities = [&names](int depth, json::parse_event_t event, json& value) {
    if (depth > 4) throw Oddity{};
    if (event == json::parse_event_t::object_start) {
      names.emplace_back();
    } else if (event == json::parse_event_t::object_end) {
      names.pop_back();
    } else if (event == json::parse_event_t::key) {
      const auto& name = value.get_ref<const std::string&>();
      auto& known = names.back();
      if (std::find(known.begin(), known.end(), name) != known.end()) throw Oddity{};
      known.push_back(name);
    }
    return true;
  };
  try {
    auto object = json::parse(text, refuse_oddities);
    if (!object.is_object()) return std::nullopt;
    return object;
  } catch (const json::exception&) {
    return std::nullopt;
  } catch (const Oddity&) {
    return std::nullopt;
  }
}

std::optional<json> decode_object(std::string_view part) {
  const auto text = from_base64url(part);
  return text ? parse_object(*text) : std::nullopt;
}

std::optional<std::int64_t> seconds_member(const json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_number_integer()) return std::nullopt;
  const auto value = found->get<std::int64_t>();
  if (value < 0 || value > last_second) return std::nullopt;
  return value;
}

bool is_current(const json& claims, vocabulary::Timestamp now) {
  const auto seconds = vocabulary::to_unix(now) / 1'000;
  const auto expires = seconds_member(claims, "exp");
  if (!expires || seconds >= *expires + leeway_seconds) return false;
  if (!claims.contains("nbf")) return true;
  const auto starts = seconds_member(claims, "nbf");
  return starts && seconds + leeway_seconds >= *starts;
}

bool names_audience(const json& claims, const std::string& audience) {
  const auto found = claims.find("aud");
  if (found == claims.end()) return false;
  if (!found->is_array()) return *found == audience;
  return std::find(found->begin(), found->end(), json(audience)) != found->end();
}

}  // namespace

Key::Key(std::shared_ptr<void> key)
    : key_(std::move(key)), id_(to_base64url(sha256(required_members(pkey(key_)).dump()))) {}

Key Key::generate() {
  PublicKey key(EVP_EC_gen("P-256"));
  require(key != nullptr, "generating a key");
  return Key(std::shared_ptr<void>(key.release(), Free<EVP_PKEY_free>{}));
}

std::optional<Key> Key::from_pem(const std::string& pem) {
  const auto read = [&pem](auto* reader) {
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    // Without a callback OpenSSL would ask the terminal for the password of an encrypted key.
    const auto no_password = [](char*, int, int, void*) { return -1; };
    return PublicKey(reader(bio.get(), nullptr, no_password, nullptr));
  };
  PublicKey key = read(PEM_read_bio_PrivateKey);
  if (!key) key = read(PEM_read_bio_PUBKEY);
  if (!key || !is_p256(key.get())) return std::nullopt;
  return Key(std::shared_ptr<void>(key.release(), Free<EVP_PKEY_free>{}));
}

std::optional<Key> Key::from_jwk(const json& jwk) {
  if (!jwk.is_object() || text_member(jwk, "kty") != "EC" || text_member(jwk, "crv") != "P-256") {
    return std::nullopt;
  }
  if (jwk.contains("d")) return std::nullopt;
  if (jwk.contains("use") && text_member(jwk, "use") != "sig") return std::nullopt;
  if (jwk.contains("alg") && text_member(jwk, "alg") != "ES256") return std::nullopt;
  const auto x = coordinate_member(jwk, "x");
  const auto y = coordinate_member(jwk, "y");
  if (!x || !y) return std::nullopt;

  const std::string point = '\4' + *x + *y;  // uncompressed
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* made = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return std::nullopt;
  }
  Key key(std::shared_ptr<void>(made, Free<EVP_PKEY_free>{}));
  if (jwk.contains("kid") && text_member(jwk, "kid") != key.id()) return std::nullopt;
  return key;
}

std::string Key::to_private_pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PKCS8PrivateKey(bio.get(), pkey(key_), nullptr, nullptr, 0, nullptr,
                                        nullptr) == 1,
          "writing a private key");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

json Key::to_public_jwk() const {
  json jwk = required_members(pkey(key_));
  jwk.update({{"use", "sig"}, {"alg", "ES256"}, {"kid", id_}});
  return jwk;
}

std::string Key::sign(std::string_view bytes) const {
  const DigestContext context(EVP_MD_CTX_new());
  require(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, pkey(key_)) == 1,
          "signing needs a private key");
  std::size_t size = 0;
  require(EVP_DigestSign(context.get(), nullptr, &size, as_bytes(bytes), bytes.size()) == 1,
          "signing");
  std::string der(size, '\0');
  require(EVP_DigestSign(context.get(), as_bytes(der), &size, as_bytes(bytes), bytes.size()) == 1,
          "signing");

  const unsigned char* start = as_bytes(std::string_view(der));
  const Signature parts(d2i_ECDSA_SIG(nullptr, &start, static_cast<long>(size)));
  std::string signature(2 * coordinate_size, '\0');
  unsigned char* output = as_bytes(signature);
  require(parts != nullptr &&
              BN_bn2binpad(ECDSA_SIG_get0_r(parts.get()), output, coordinate_size) > 0 &&
              BN_bn2binpad(ECDSA_SIG_get0_s(parts.get()), output + coordinate_size,
                           coordinate_size) > 0,
          "writing a signature");
  return signature;
}

bool Key::verify(std::string_view bytes, std::string_view signature) const {
  if (signature.size() != 2 * coordinate_size) return false;
  const unsigned char* input = as_bytes(signature);
  const Signature parts(ECDSA_SIG_new());
  Number r(BN_bin2bn(input, coordinate_size, nullptr));
  Number s(BN_bin2bn(input + coordinate_size, coordinate_size, nullptr));
  require(parts && r && s && ECDSA_SIG_set0(parts.get(), r.release(), s.release()) == 1,
          "reading a signature");
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(parts.get(), &der);
  require(size > 0, "reading a signature");
  const std::unique_ptr<unsigned char, decltype([](unsigned char* p) { OPENSSL_free(p); })> owner(
      der);

  const DigestContext context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, pkey(key_)) == 1 &&
         EVP_DigestVerify(context.get(), der, static_cast<std::size_t>(size), as_bytes(bytes),
                          bytes.size()) == 1;
}

std::string sign_token(const Key& key, std::string_view type, const json& claims) {
  const json header = {{"alg", "ES256"}, {"kid", key.id()}, {"typ", type}};
  const std::string signed_part = to_base64url(header.dump()) + "." + to_base64url(claims.dump());
  return signed_part + "." + to_base64url(key.sign(signed_part));
}

std::optional<json> verify_token(
    std::string_view token, const Expected& expected,
    const std::function<std::optional<Key>(const std::string& key_id)>& find_key,
    vocabulary::Timestamp now) {
  if (token.size() > token_max || std::count(token.begin(), token.end(), '.') != 2) {
    return std::nullopt;
  }
  const auto first = token.find('.');
  const auto second = token.rfind('.');

  const auto header = decode_object(token.substr(0, first));
  if (!header || text_member(*header, "alg") != "ES256" ||
      text_member(*header, "typ") != expected.type || header->contains("crit")) {
    return std::nullopt;
  }
  const auto key_id = text_member(*header, "kid");
  const auto key = key_id ? find_key(*key_id) : std::nullopt;
  const auto signature = from_base64url(token.substr(second + 1));
  if (!key || !signature || !key->verify(token.substr(0, second), *signature)) return std::nullopt;

  auto claims = decode_object(token.substr(first + 1, second - first - 1));
  if (!claims || !is_current(*claims, now) || text_member(*claims, "iss") != expected.issuer ||
      !names_audience(*claims, expected.audience)) {
    return std::nullopt;
  }
  return claims;
}

}  // namespace auth
