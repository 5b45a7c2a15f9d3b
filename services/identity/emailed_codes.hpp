#pragma once

#include <optional>
#include <string>

#include "identity/domain/account.hpp"
#include "identity/domain/sign_in.hpp"
#include "identity/service.hpp"

namespace identity {

/// Emails a new code to the account's address. It is good for one purpose and one `subject` (the
/// account or the sign-in), for ten minutes, once, and replaces the earlier one.
void issue_code(const Service& service, database::Transaction& transaction, const Account& account,
                CodePurpose purpose, const std::string& subject, Timestamp now);

/// Uses the code up; false when its hash is not `expected`.
bool use_code(const Service& service, database::Transaction& transaction, CodePurpose purpose,
              const std::string& subject, const std::optional<std::string>& expected,
              const std::string& code, Timestamp now);

}  // namespace identity
