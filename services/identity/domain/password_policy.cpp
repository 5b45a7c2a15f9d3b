#include "identity/domain/password_policy.hpp"

#include <cstdlib>
#include <unordered_set>

#include "identity/domain/common_passwords.hpp"

namespace identity {

namespace {

bool is_one_piece_repeated(std::string_view text) {
  constexpr std::size_t piece_max = 4;
  for (std::size_t piece = 1; piece <= piece_max && piece * 2 <= text.size(); ++piece) {
    // Equal to itself shifted by one piece means that the piece repeats, the last one cut or not.
    if (text.substr(piece) == text.substr(0, text.size() - piece)) return true;
  }
  return false;
}

std::unordered_set<std::string_view> read_lines(std::string_view text) {
  std::unordered_set<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.insert(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  lines.erase("");
  return lines;
}

bool has_four_character_classes(std::string_view password) {
  bool lower = false, upper = false, digit = false, other = false;
  for (const char c : password) {
    if (c >= 'a' && c <= 'z') {
      lower = true;
    } else if (c >= 'A' && c <= 'Z') {
      upper = true;
    } else if (c >= '0' && c <= '9') {
      digit = true;
    } else {
      other = true;
    }
  }
  return lower && upper && digit && other;
}

}  // namespace

std::optional<PasswordProfile> find_password_profile(std::string_view name) {
  if (name == "default") return PasswordProfile{};
  if (name == "cms") {
    return PasswordProfile{.characters_min = 12,
                           .four_character_classes = true,
                           .lifetime = std::chrono::days(60),
                           .history = 6};
  }
  return std::nullopt;
}

std::optional<PasswordFault> find_fault(const PasswordProfile& profile, std::string_view password,
                                        const UserId& user_id, const EmailAddress& email_address) {
  const std::size_t characters = vocabulary::count_characters(password);
  if (characters < profile.characters_min) return PasswordFault::too_short;
  if (characters > profile.characters_max) return PasswordFault::too_long;
  if (profile.four_character_classes && !has_four_character_classes(password)) {
    return PasswordFault::lacks_character_class;
  }
  const std::string folded = vocabulary::fold_case(password);
  if (folded.find(user_id.key()) != std::string::npos) return PasswordFault::contains_user_id;
  if (folded.find(email_address.key()) != std::string::npos) {
    return PasswordFault::contains_email_address;
  }
  if (is_common_password(password)) return PasswordFault::common;
  return std::nullopt;
}

std::string describe(PasswordFault fault, const PasswordProfile& profile) {
  switch (fault) {
    case PasswordFault::too_short:
      return "must have at least " + std::to_string(profile.characters_min) + " characters";
    case PasswordFault::too_long:
      return "must have at most " + std::to_string(profile.characters_max) + " characters";
    case PasswordFault::lacks_character_class:
      return "must have a lower-case letter, an upper-case letter, a digit and another character";
    case PasswordFault::common: return "is on the list of common passwords";
    case PasswordFault::contains_user_id: return "must not contain the user id";
    case PasswordFault::contains_email_address: return "must not contain the email address";
  }
  std::abort();  // not an enumerator
}

bool is_common_password(std::string_view password) {
  static const std::unordered_set<std::string_view> common = read_lines(common_passwords());
  const std::string folded = vocabulary::fold_case(password);
  return common.contains(folded) || is_one_piece_repeated(folded);
}

std::optional<Timestamp> password_expires_at(const PasswordProfile& profile, Timestamp changed_at) {
  if (!profile.lifetime) return std::nullopt;
  return changed_at + *profile.lifetime;
}

}  // namespace identity
