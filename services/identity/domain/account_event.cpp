#include "identity/domain/account_event.hpp"

#include <cstdlib>

namespace identity {

std::string_view to_text(AccountEventKind kind) {
  switch (kind) {
    case AccountEventKind::account_created: return "accountCreated";
    case AccountEventKind::email_verified: return "emailVerified";
    case AccountEventKind::signed_in: return "signedIn";
    case AccountEventKind::sign_in_failed: return "signInFailed";
    case AccountEventKind::locked: return "locked";
    case AccountEventKind::signed_out: return "signedOut";
    case AccountEventKind::name_changed: return "nameChanged";
    case AccountEventKind::password_changed: return "passwordChanged";
    case AccountEventKind::password_change_refused: return "passwordChangeRefused";
    case AccountEventKind::totp_enrolled: return "totpEnrolled";
    case AccountEventKind::recovery_codes_replaced: return "recoveryCodesReplaced";
    case AccountEventKind::recovery_code_used: return "recoveryCodeUsed";
    case AccountEventKind::session_revoked: return "sessionRevoked";
    case AccountEventKind::refresh_token_reused: return "refreshTokenReused";
  }
  std::abort();  // not an enumerator
}

std::optional<AccountEventKind> parse_account_event_kind(std::string_view text) {
  for (auto kind = AccountEventKind::account_created;; kind = AccountEventKind(int(kind) + 1)) {
    if (to_text(kind) == text) return kind;
    if (kind == AccountEventKind::refresh_token_reused) return std::nullopt;
  }
}

}  // namespace identity
