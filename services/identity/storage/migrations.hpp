#pragma once

#include <vector>

#include "database/migration.hpp"

namespace identity {

/// The files of storage/migrations, in order.
const std::vector<database::Migration>& migrations();

}  // namespace identity
