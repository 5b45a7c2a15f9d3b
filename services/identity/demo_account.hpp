#pragma once

#include <string>

#include "identity/accounts.hpp"

namespace identity {

struct DemoAccount {
  AccountId id;
  std::string totp_secret;  // base32
};

/// An account that can sign in at once: verified, with TOTP enrolled. For demonstrations only.
Result<DemoAccount, Refusal> create_demo_account(const Service& service,
                                                 database::Transaction& transaction,
                                                 const NewAccount& account, const Origin& origin);

}  // namespace identity
