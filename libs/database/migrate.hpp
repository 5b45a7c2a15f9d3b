#pragma once

#include <vector>

#include "database/connection.hpp"
#include "database/migration.hpp"

namespace database {

/// Applies what is missing. Throws Fault, and std::runtime_error for a file that has changed.
void migrate(Connection& connection, const std::vector<Migration>& migrations);

/// What a database has applied against what is known here: not all of it (or a file that has
/// changed since), just that, or more.
enum class Schema { older, same, newer };
Schema schema_of(Transaction& transaction, const std::vector<Migration>& migrations);

}  // namespace database
