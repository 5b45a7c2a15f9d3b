#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "identity/domain/totp.hpp"

namespace identity {

/// The code of RFC 6238 with HMAC-SHA-1 for a step.
std::string totp_code(std::string_view secret, std::int64_t step, int digits = 6);

/// The step around `now` whose code this is, if any.
std::optional<std::int64_t> find_totp_step(std::string_view secret, std::string_view code,
                                           Timestamp now);

}  // namespace identity
