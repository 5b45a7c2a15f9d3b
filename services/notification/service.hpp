#pragma once

#include <functional>

#include "database/database.hpp"
#include "notification/domain/support_contact.hpp"
#include "vocabulary/timestamp.hpp"

namespace notification {

/// What operations and handlers work with.
struct Service {
  database::Database& database;
  vocabulary::Clock clock = vocabulary::now;
  SupportContact contact = {};
  std::function<void()> wake_sender = [] {};
};

}  // namespace notification
