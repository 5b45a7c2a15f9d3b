#include "identity/totp_codes.hpp"

#include <array>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "auth/encoding.hpp"

namespace identity {

std::string totp_code(std::string_view secret, std::int64_t step, int digits) {
  std::array<std::uint8_t, 8> message{};
  auto rest = static_cast<std::uint64_t>(step);
  for (auto byte = message.rbegin(); byte != message.rend(); ++byte, rest >>= 8) {
    *byte = static_cast<std::uint8_t>(rest & 0xFFU);
  }
  std::array<std::uint8_t, 20> hmac{};
  if (HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), message.data(),
           message.size(), hmac.data(), nullptr) == nullptr) {
    throw std::runtime_error("HMAC-SHA-1 is not available");
  }
  return truncate_to_code(hmac, digits);
}

std::optional<std::int64_t> find_totp_step(std::string_view secret, std::string_view code,
                                           Timestamp now) {
  std::optional<std::int64_t> found;
  for (const std::int64_t step : totp_steps_taken(now)) {
    if (auth::equal_in_constant_time(totp_code(secret, step), code)) found = step;
  }
  return found;
}

}  // namespace identity
