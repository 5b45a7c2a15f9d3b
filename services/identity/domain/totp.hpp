#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "identity/domain/account.hpp"

namespace identity {

/// The 30-second step of RFC 6238 that `now` is in.
std::int64_t totp_step(Timestamp now);

/// The steps whose codes are taken at `now`: the present one and its neighbours, for clocks that
/// are a little off.
std::array<std::int64_t, 3> totp_steps_taken(Timestamp now);

/// The decimal code that RFC 4226, 5.3 makes of an HMAC-SHA-1 value.
std::string truncate_to_code(const std::array<std::uint8_t, 20>& hmac, int digits = 6);

/// RFC 4648, 6, without padding: how people and authenticators write secrets.
std::string to_base32(std::string_view bytes);

/// The key URI that authenticators read, usually from a QR code.
std::string otpauth_uri(const UserId& user_id, std::string_view base32_secret);

}  // namespace identity
