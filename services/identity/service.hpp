#pragma once

#include <functional>
#include <string>

#include "database/database.hpp"
#include "identity/domain/ids.hpp"
#include "identity/passwords.hpp"
#include "identity/secrets.hpp"
#include "identity/settings.hpp"
#include "identity/signing_keys.hpp"

namespace identity {

/// What the operations work with. Shared by threads.
struct Service {
  database::Database& database;
  vocabulary::Clock clock;
  const Settings& settings;
  const Secrets& secrets;
  Passwords& passwords;
  SigningKeys& keys;
  std::function<void()> wake_relay;  // events were committed
};

/// When, from where and by which request an operation is called: what the audit keeps of it.
struct Origin {
  Timestamp now;
  std::string source_address;
  std::string request_id;
};

}  // namespace identity
