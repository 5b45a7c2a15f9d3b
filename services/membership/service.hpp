#pragma once

#include <functional>

#include "database/database.hpp"
#include "membership/settings.hpp"
#include "vocabulary/timestamp.hpp"

namespace membership {

/// What every handler works with.
struct Service {
  database::Database& database;
  vocabulary::Clock clock;
  Settings settings;
  std::function<void()> wake_relay;
};

}  // namespace membership
