#include "identity/domain/session.hpp"

#include <cstdlib>

namespace identity {

std::string_view to_text(Assurance assurance) {
  switch (assurance) {
    case Assurance::totp: return "totp";
    case Assurance::recovery_code: return "recoveryCode";
    case Assurance::email: return "email";
  }
  std::abort();  // not an enumerator
}

std::optional<Assurance> parse_assurance(std::string_view text) {
  for (const auto assurance : {Assurance::totp, Assurance::recovery_code, Assurance::email}) {
    if (to_text(assurance) == text) return assurance;
  }
  return std::nullopt;
}

bool is_alive(const Session& session, const SessionPolicy& policy, Timestamp now) {
  return !session.ended_at && now < session.last_used_at + policy.idle_max &&
         now < session.expires_at;
}

bool may_enrol_totp(Assurance assurance, bool totp_enrolled, bool totp_required) {
  return may_change_password(assurance, totp_enrolled, totp_required) ||
         assurance == Assurance::recovery_code;
}

bool may_change_password(Assurance assurance, bool totp_enrolled, bool totp_required) {
  return !totp_enrolled || !totp_required || assurance == Assurance::totp;
}

}  // namespace identity
