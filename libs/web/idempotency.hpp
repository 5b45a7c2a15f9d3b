#pragma once

#include <functional>

#include "database/database.hpp"
#include "vocabulary/timestamp.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace web {

/// One write transaction that answers a request, at most once per caller and Idempotency-Key.
///
/// `act` does the work and returns the answer. An answer of 400 or more is a refusal: what `act`
/// wrote is undone, then `refused` may write what must stay (the audit row). The first answer is
/// stored in the same transaction for 24 hours and given again, with `Idempotency-Replayed: true`,
/// to a repeat of the same request; the same key with another request is 422. Answers of 5xx, 401
/// and 429 are not stored. The database keeps hashes of key and request only, and the answer sealed
/// under the key: it cannot be read from the database alone. Without the header it is just a
/// transaction. Every service's schema holds the table `idempotent_answers` (see idempotency.sql).
Response act_once(database::Database& database, const Request& request, vocabulary::Timestamp now,
                  const std::function<Response(database::Transaction&)>& act,
                  const std::function<void(database::Transaction&, const Response&)>& refused = {});

/// Deletes answers that are older than 24 hours; how many.
std::int64_t forget_old_answers(database::Transaction& transaction, vocabulary::Timestamp now);

}  // namespace web
