#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "identity/domain/ids.hpp"

namespace identity {

/// The second factor that a session was signed in with: claim acr of its tokens.
enum class Assurance { totp, recovery_code, email };

std::string_view to_text(Assurance assurance);
std::optional<Assurance> parse_assurance(std::string_view text);

struct SessionPolicy {
  std::chrono::milliseconds idle_max = std::chrono::minutes(15);
  std::chrono::milliseconds lifetime = std::chrono::hours(12);
};

/// One signed-in device. Its refresh tokens are one family.
struct Session {
  SessionId id;
  AccountId account;
  Assurance assurance;
  std::string source_address;
  Timestamp created_at;
  Timestamp last_used_at;
  Timestamp expires_at;
  std::optional<Timestamp> ended_at;
};

/// Neither ended, nor idle for too long, nor too old.
bool is_alive(const Session& session, const SessionPolicy& policy, Timestamp now);

/// Whether a session may change the factors of its account: any may enrol the first TOTP; later
/// only one that proved TOTP or, to replace a lost authenticator, a recovery code.
bool may_enrol_totp(Assurance assurance, bool totp_enrolled, bool totp_required);

/// Whether a session may change the password.
bool may_change_password(Assurance assurance, bool totp_enrolled, bool totp_required);

}  // namespace identity
