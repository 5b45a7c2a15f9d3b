#pragma once

#include <initializer_list>

#include "database/database.hpp"
#include "events/event.hpp"

namespace events {

/// Queues `event` for each consumer in the transaction of the act. The relay sees it after the
/// commit. Events of one subject keep the order of their acts if an act first locks what its
/// subject names. Every sending service's schema holds the table `outbox` (see outbox.sql).
void enqueue(database::Transaction& transaction, const Event& event,
             std::initializer_list<const char*> consumers);

}  // namespace events
