#include "notification/events.hpp"

#include <variant>

#include "daemon/log.hpp"
#include "notification/domain/telling.hpp"
#include "notification/facts.hpp"
#include "notification/storage/store.hpp"

namespace notification {

void take_event(database::Transaction& transaction, const events::Event& event,
                vocabulary::Timestamp now) {
  const auto fact = parse_fact(event);
  if (!fact) {
    process::log_info("eventIgnored", {{"eventId", event.id}, {"type", event.type}});
    return;
  }
  Store store(transaction);
  if (const auto* account = std::get_if<AccountFact>(&*fact)) {
    store.remember(*account, event.time, now);
  }
  const Telling telling = tell(*fact);
  for (const auto& notification : telling.notifications) store.add(notification, event.id, now);
  for (const auto& email : telling.emails) store.add(email, event.id, now);
  if (telling.resolved) store.resolve(*telling.resolved, now);
}

}  // namespace notification
