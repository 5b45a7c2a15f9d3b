#include "identity/secrets.hpp"

#include <stdexcept>

#include <sodium.h>

#include "auth/encoding.hpp"

namespace identity {

namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;

}  // namespace

std::optional<Secrets> Secrets::parse(std::string_view master_key) {
  static_assert(sizeof(Key) == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
  static_assert(sizeof(Key) == crypto_kdf_KEYBYTES);
  if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");

  Key master{};
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_hex2bin(master.data(), master.size(), master_key.data(), master_key.size(), nullptr,
                     &size, &end) != 0 ||
      size != master.size() || end != master_key.data() + master_key.size()) {
    return std::nullopt;
  }
  Key sealing{}, hashing{};
  crypto_kdf_derive_from_key(sealing.data(), sealing.size(), 1, "identity", master.data());
  crypto_kdf_derive_from_key(hashing.data(), hashing.size(), 2, "identity", master.data());
  sodium_memzero(master.data(), master.size());
  return Secrets(sealing, hashing);
}

std::string Secrets::seal(std::string_view plain, std::string_view purpose) const {
  const std::string nonce = auth::random_bytes(nonce_size);
  std::string sealed(plain.size() + tag_size, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(sealed), nullptr, bytes_of(plain),
                                             plain.size(), bytes_of(purpose), purpose.size(),
                                             nullptr, bytes_of(nonce), sealing_key_.data());
  return auth::to_base64url(nonce + sealed);
}

std::optional<std::string> Secrets::open(std::string_view sealed, std::string_view purpose) const {
  const auto bytes = auth::from_base64url(sealed);
  if (!bytes || bytes->size() < nonce_size + tag_size) return std::nullopt;
  const auto box = std::string_view(*bytes).substr(nonce_size);
  std::string plain(box.size() - tag_size, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(bytes_of(plain), nullptr, nullptr, bytes_of(box),
                                                 box.size(), bytes_of(purpose), purpose.size(),
                                                 bytes_of(*bytes), sealing_key_.data()) != 0) {
    return std::nullopt;
  }
  return plain;
}

std::string Secrets::fingerprint(std::string_view code, std::string_view purpose) const {
  const std::string input = std::string(purpose) + '\0' + std::string(code);
  std::string hash(crypto_generichash_BYTES, '\0');
  crypto_generichash(bytes_of(hash), hash.size(), bytes_of(input), input.size(),
                     hashing_key_.data(), hashing_key_.size());
  return auth::to_base64url(hash);
}

std::string random_digits(int count) {
  std::string digits;
  for (int i = 0; i < count; ++i) digits += static_cast<char>('0' + randombytes_uniform(10));
  return digits;
}

std::string random_recovery_code() {
  constexpr std::string_view alphabet = "abcdefghijkmnpqrstuvwxyz23456789";  // no l, o, 0, 1
  static_assert(alphabet.size() == 32);
  std::string code;
  for (int i = 0; i < 10; ++i) {
    if (i == 5) code += '-';
    code += alphabet[randombytes_uniform(32)];
  }
  return code;
}

}  // namespace identity
