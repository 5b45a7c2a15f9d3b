#pragma once

#include "database/database.hpp"
#include "events/event.hpp"

namespace membership {

/// Takes what identity tells about accounts: who they are called.
/// Throws std::invalid_argument for an event that can never be taken.
void take_account_event(database::Transaction& transaction, const events::Event& event);

}  // namespace membership
