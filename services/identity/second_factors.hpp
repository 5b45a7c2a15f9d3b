#pragma once

#include <optional>
#include <string>
#include <vector>

#include "identity/domain/account.hpp"
#include "identity/service.hpp"
#include "identity/sessions.hpp"

namespace identity {

/// What an authenticator needs, shown once.
struct TotpEnrolment {
  std::string base32_secret;
  std::string uri;
};

/// A new secret (base32), pending until it is confirmed.
std::string make_pending_totp(const Service& service, database::Transaction& transaction,
                              const AccountId& account);

/// Makes a secret that is pending until a code of it is confirmed; the present one, if any, stays
/// good until then.
Result<TotpEnrolment, Refusal> start_totp_enrolment(const Service& service,
                                                    database::Transaction& transaction,
                                                    const SignedIn& caller);

/// Proves that the authenticator has the pending secret: the session becomes one with TOTP, and the
/// account gets new recovery codes, returned once.
Result<std::vector<std::string>, Refusal> confirm_totp_enrolment(const Service& service,
                                                                 database::Transaction& transaction,
                                                                 const SignedIn& caller,
                                                                 const std::string& code,
                                                                 const Origin& origin);

/// Ten new recovery codes, returned once; the earlier ones are good no more.
std::vector<std::string> replace_recovery_codes(const Service& service,
                                                database::Transaction& transaction,
                                                const AccountId& account, const Origin& origin);

/// Uses up the step that `code` is of; false when it is of none, or of one used before.
bool use_totp_code(const Service& service, database::Transaction& transaction,
                   const Account& account, const std::string& code, Timestamp now);

bool use_recovery_code(const Service& service, database::Transaction& transaction,
                       const Account& account, const std::string& code, const Origin& origin);

}  // namespace identity
