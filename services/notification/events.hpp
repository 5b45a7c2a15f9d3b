#pragma once

#include "database/database.hpp"
#include "events/event.hpp"
#include "vocabulary/timestamp.hpp"

namespace notification {

/// Does what one event asks for: remembers the account, or tells everyone concerned. Types nobody
/// here knows are logged and otherwise ignored. Throws std::invalid_argument for malformed data.
void take_event(database::Transaction& transaction, const events::Event& event,
                vocabulary::Timestamp now);

}  // namespace notification
