#include "identity/domain/totp.hpp"

namespace identity {

std::int64_t totp_step(Timestamp now) {
  return std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count() / 30;
}

std::array<std::int64_t, 3> totp_steps_taken(Timestamp now) {
  const std::int64_t step = totp_step(now);
  return {step - 1, step, step + 1};
}

std::string truncate_to_code(const std::array<std::uint8_t, 20>& hmac, int digits) {
  const std::size_t offset = hmac.back() & 0x0FU;
  std::uint32_t value = hmac[offset] & 0x7FU;
  for (std::size_t next = 1; next < 4; ++next) value = value << 8 | hmac[offset + next];
  std::string code(static_cast<std::size_t>(digits), '0');
  for (auto digit = code.rbegin(); digit != code.rend(); ++digit, value /= 10) {
    *digit = static_cast<char>('0' + value % 10);
  }
  return code;
}

std::string to_base32(std::string_view bytes) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const char byte : bytes) {
    buffer = (buffer << 8 | static_cast<std::uint8_t>(byte)) & 0xFFFU;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet[buffer >> (bits - 5) & 0x1FU];
  }
  if (bits > 0) text += alphabet[buffer << (5 - bits) & 0x1FU];
  return text;
}

std::string otpauth_uri(const UserId& user_id, std::string_view base32_secret) {
  // A user id holds nothing that would have to be percent-encoded.
  return "otpauth://totp/Countersign:" + user_id.text() + "?secret=" + std::string(base32_secret) +
         "&issuer=Countersign&algorithm=SHA1&digits=6&period=30";
}

}  // namespace identity
