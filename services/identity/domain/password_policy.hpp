#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "identity/domain/account.hpp"

namespace identity {

/// What a password must be. No field but these: length is what makes passwords strong.
struct PasswordProfile {
  std::size_t characters_min = 15;
  std::size_t characters_max = 128;
  bool four_character_classes = false;                       // lower, upper, digit, other
  std::optional<std::chrono::days> lifetime = std::nullopt;  // for ever
  int history = 0;  // as many earlier passwords, the present one included, are not taken again
};

/// "default", or "cms": what the CMS standards ask for.
std::optional<PasswordProfile> find_password_profile(std::string_view name);

enum class PasswordFault {
  too_short,
  too_long,
  lacks_character_class,
  common,
  contains_user_id,
  contains_email_address,
};

/// What is wrong with a new password, if anything. Lengths are in characters, comparisons ignore
/// the case of ASCII letters.
std::optional<PasswordFault> find_fault(const PasswordProfile& profile, std::string_view password,
                                        const UserId& user_id, const EmailAddress& email_address);

/// Completes "This field …".
std::string describe(PasswordFault fault, const PasswordProfile& profile);

/// On the list of common passwords (common_passwords.txt), or one short piece repeated.
bool is_common_password(std::string_view password);

/// When a password set at `changed_at` must be replaced, if ever.
std::optional<Timestamp> password_expires_at(const PasswordProfile& profile, Timestamp changed_at);

}  // namespace identity
