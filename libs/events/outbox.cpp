#include "events/outbox.hpp"

namespace events {

void enqueue(database::Transaction& transaction, const Event& event,
             std::initializer_list<const char*> consumers) {
  const std::string text = to_text(event);
  for (const char* consumer : consumers) {
    transaction.execute(
        "INSERT INTO outbox (consumer, event_id, subject, event, next_attempt_at)"
        " VALUES (:consumer, :event_id, :subject, :event, 0)",
        {{"consumer", consumer},
         {"event_id", event.id},
         {"subject", event.subject},
         {"event", text}});
  }
}

}  // namespace events
