#pragma once

#include <optional>
#include <string>

#include "identity/domain/account_event.hpp"
#include "identity/service.hpp"

namespace identity {

/// One try to prove who somebody is. It is counted before it is verified, in a transaction of its
/// own, so that neither tries at the same time nor a crash outrun the count.
struct Try {
  std::string id;
  std::optional<AccountId> account;  // nullopt: nobody's, counted for the network only
};

/// Counts a try; nullopt when there were too many: then nothing may be verified.
std::optional<Try> reserve_try(const Service& service, database::Transaction& transaction,
                               const std::optional<AccountId>& account, const Origin& origin);

/// It was right, or nothing was verified: it does not count.
void forget_try(database::Transaction& transaction, const Try& reserved);

/// It was wrong: audited as `kind`, and perhaps one too many.
void record_wrong_try(const Service& service, database::Transaction& transaction,
                      const Try& reserved, AccountEventKind kind, const Origin& origin);

/// The account's owner has signed in: earlier wrong tries at it count no more.
void forget_wrong_tries(database::Transaction& transaction, const AccountId& account,
                        const Origin& origin);

}  // namespace identity
