#pragma once

#include <vector>

#include "database/connection.hpp"
#include "database/migration.hpp"

namespace database {

/// Applies what is missing. Throws Fault, and std::runtime_error for a file that has changed.
void migrate(Connection& connection, const std::vector<Migration>& migrations);

/// True when each of `migrations` is recorded as applied.
bool is_migrated(Transaction& transaction, const std::vector<Migration>& migrations);

}  // namespace database
