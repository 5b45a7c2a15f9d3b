#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "identity/domain/account.hpp"
#include "identity/domain/account_event.hpp"
#include "identity/domain/session.hpp"
#include "identity/service.hpp"

namespace identity {

struct NewAccount {
  UserId user_id;
  std::string password_hash;
  std::string name;
  EmailAddress email_address;
};

/// Adds an account that cannot sign in yet.
Result<Account, Refusal> register_account(database::Transaction& transaction,
                                          const NewAccount& account, const Origin& origin);

/// Registers an account that cannot sign in yet, and emails a code to its address.
Result<Account, Refusal> create_account(const Service& service, database::Transaction& transaction,
                                        const NewAccount& account, const Origin& origin);

/// Emails a new code, which replaces the earlier one, unless there is nothing to verify.
void send_verification_code(const Service& service, database::Transaction& transaction,
                            const AccountId& id, const Origin& origin);

/// Counts a try at the emailed code, in a transaction before the one that verifies it. The hash
/// that the code must have, if any code will do.
std::optional<std::string> try_verification_code(database::Transaction& transaction,
                                                 const AccountId& id, Timestamp now);

/// Proves the account's address by `code`, whose hash must be `expected`.
Result<Account, Refusal> verify_email_address(const Service& service,
                                              database::Transaction& transaction,
                                              const AccountId& id,
                                              const std::optional<std::string>& expected,
                                              const std::string& code, const Origin& origin);

Result<Account, Refusal> rename_account(database::Transaction& transaction, const AccountId& id,
                                        const std::string& name,
                                        const std::optional<std::int64_t>& version,
                                        const Origin& origin);

/// Verifies the present password, which counts as a try, and hashes the new one. Hashing takes
/// long, so it is done before the transaction of change_password().
Result<std::string, Refusal> prepare_password_change(const Service& service, const Account& account,
                                                     const std::string& current_password,
                                                     const std::string& new_password,
                                                     const Origin& origin);

/// Sets the new password and ends all other sessions.
Result<Account, Refusal> change_password(const Service& service, database::Transaction& transaction,
                                         const Account& account, const SessionId& session,
                                         const std::string& new_hash, const Origin& origin);

/// What may be asked for only so often an hour; how long to wait when it was too often.
std::optional<std::chrono::seconds> throttle(const Service& service, const std::string& key,
                                             std::int64_t per_hour, Timestamp now);

}  // namespace identity
