#pragma once

#include <functional>

#include "database/database.hpp"
#include "events/event.hpp"
#include "vocabulary/timestamp.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace events {

/// What a consumer does with one event, in the transaction that also records its id. Whatever it
/// throws but database::Unavailable refuses the event, which the sender parks after some tries; of
/// std::invalid_argument the sender also learns the text.
using Take = std::function<void(database::Transaction&, const Event&)>;

/// Handles POST /internal/v1/events: a CloudEvents batch (application/cloudevents-batch+json, at
/// most 100 events). Each event is taken once, in a transaction of its own. Answers 200 with
/// {"results": [{"id", "outcome": "taken" | "refused" | "deferred", "detail"?}]} in the order of
/// the batch; deferred is what follows a refused event of the same subject. database::Unavailable
/// passes through, so that the sender tries the whole batch again. Every consuming service's schema
/// holds the table `inbox` (see inbox.sql).
web::Response receive(database::Database& database, const web::Request& request,
                      vocabulary::Timestamp now, const Take& take);

/// Deletes the ids of events that were taken more than 30 days ago; how many. No sender gives an
/// event again so late.
std::int64_t forget_old_events(database::Transaction& transaction, vocabulary::Timestamp now);

}  // namespace events
