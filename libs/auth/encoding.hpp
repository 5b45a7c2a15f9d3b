#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace auth {

/// base64url without padding (RFC 4648, 5).
std::string to_base64url(std::string_view bytes);
/// Strict inverse: no padding, no white space, canonical tail bits.
std::optional<std::string> from_base64url(std::string_view text);

/// SHA-256 of `bytes`: 32 bytes.
std::string sha256(std::string_view bytes);
/// The same as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);
/// Any bytes as lower-case hex digits.
std::string to_hex(std::string_view bytes);

/// HMAC-SHA-256 (RFC 2104): 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// `count` bytes from the kernel's generator.
std::string random_bytes(std::size_t count);

/// Equal in a time that does not depend on where they differ.
bool equal_in_constant_time(std::string_view left, std::string_view right);

}  // namespace auth
