#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "identity/domain/ids.hpp"
#include "vocabulary/text.hpp"

namespace identity {

using vocabulary::EmailAddress;

/// What a person types to say who they are: 6 to 64 letters, digits, ".", "_" or "-".
class UserId {
 public:
  static std::optional<UserId> parse(std::string_view text);

  const std::string& text() const { return text_; }
  /// What makes two spellings the same user id.
  std::string key() const { return vocabulary::fold_case(text_); }

  friend bool operator==(const UserId&, const UserId&) = default;

 private:
  explicit UserId(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

struct Account {
  AccountId id;
  UserId user_id;
  std::string name;
  EmailAddress email_address;
  std::optional<Timestamp> email_verified_at;
  std::string password_hash;
  Timestamp password_changed_at;
  std::optional<std::string> totp_secret;          // sealed
  std::optional<std::string> totp_pending_secret;  // sealed; enrolment not confirmed yet
  std::int64_t recovery_codes_left;
  Timestamp created_at;
  std::int64_t version;

  bool totp_enrolled() const { return totp_secret.has_value(); }
};

}  // namespace identity
