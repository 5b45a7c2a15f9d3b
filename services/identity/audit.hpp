#pragma once

#include "identity/domain/account_event.hpp"
#include "identity/service.hpp"
#include "identity/storage/store.hpp"

namespace identity {

/// Records what happened to an account, in the transaction in which it happens.
inline void audit(database::Transaction& transaction, const AccountId& account,
                  AccountEventKind kind, const Origin& origin) {
  Store(transaction).add_event(account, kind, origin.now, origin.source_address, origin.request_id);
}

}  // namespace identity
