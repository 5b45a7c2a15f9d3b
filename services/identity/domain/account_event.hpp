#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "identity/domain/ids.hpp"

namespace identity {

/// What may happen to the security of an account, as its owner reads it.
enum class AccountEventKind {
  account_created,
  email_verified,
  signed_in,
  sign_in_failed,
  locked,
  signed_out,
  name_changed,
  password_changed,
  password_change_refused,
  totp_enrolled,
  recovery_codes_replaced,
  recovery_code_used,
  session_revoked,
  refresh_token_reused,
};

std::string_view to_text(AccountEventKind kind);
std::optional<AccountEventKind> parse_account_event_kind(std::string_view text);

/// One line of an account's audit.
struct AccountEvent {
  AccountEventId id;
  AccountEventKind kind;
  Timestamp occurred_at;
  std::string source_address;
};

}  // namespace identity
