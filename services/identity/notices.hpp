#pragma once

#include <string>

#include "identity/domain/account.hpp"
#include "identity/domain/sign_in.hpp"

namespace database {
class Transaction;
}

namespace identity {

// What the other services are told, through the outbox.

/// `type` is "account.verified" or "account.changed": the account's name and address, to all.
void tell_account(database::Transaction& transaction, const Account& account, const char* type,
                  Timestamp now);

/// The code goes to the account's address, by email.
void tell_code(database::Transaction& transaction, const Account& account, CodePurpose purpose,
               const std::string& code, Timestamp expires_at, Timestamp now);

/// What the owner should know for their security, by email.
void tell_owner(database::Transaction& transaction, const AccountId& account, const char* type,
                Timestamp now);

}  // namespace identity
