#include "membership/sweeper.hpp"

#include "events/inbox.hpp"
#include "membership/reminders.hpp"
#include "membership/role_requests.hpp"
#include "membership/storage/store.hpp"
#include "web/idempotency.hpp"

namespace membership {

namespace {

constexpr std::size_t batch_max = 200;

}  // namespace

std::size_t expire_role_requests(Service& service) {
  const Act act{.actor = "sweeper",
                .operation = "expireRoleRequests",
                .at = service.clock(),
                .request_id = ""};
  std::size_t expired = 0;
  for (;;) {
    const auto overdue = service.database.read([&](database::Transaction& transaction) {
      return Store(transaction).list_overdue(act.at, batch_max);
    });
    for (const RoleRequestId& id : overdue) {
      expired += service.database.write([&](database::Transaction& transaction) {
        Store store(transaction, service.settings.audit_key);
        return expire_role_request(store, act, id);
      });
    }
    if (!overdue.empty()) service.wake_relay();
    if (overdue.size() < batch_max) return expired;
  }
}

std::size_t take_reminder_steps(Service& service) {
  const Act act{.actor = "sweeper",
                .operation = "takeReminderSteps",
                .at = service.clock(),
                .request_id = ""};
  const ReminderSchedule& schedule = service.settings.reminders;
  while (service.database.write([&](database::Transaction& transaction) {
    return Store(transaction).schedule_reminders(first_step_after(schedule), batch_max);
  }) == batch_max) {
  }
  std::size_t taken = 0;
  for (;;) {
    const auto due = service.database.read([&](database::Transaction& transaction) {
      return Store(transaction).list_reminders_due(act.at, batch_max);
    });
    for (const auto& reminder : due) {
      taken += service.database.write([&](database::Transaction& transaction) {
        Store store(transaction, service.settings.audit_key);
        return take_reminder_step(store, act, schedule, reminder);
      });
    }
    if (!due.empty()) service.wake_relay();
    if (due.size() < batch_max) return taken;
  }
}

void send_digests(Service& service) {
  const Timestamp now = service.clock();
  while (service.database.write([&](database::Transaction& transaction) {
    Store store(transaction);
    return send_digests(store, service.settings.digests, now, batch_max);
  })) {
    service.wake_relay();
  }
}

void forget_old_rows(Service& service) {
  service.database.write([&](database::Transaction& transaction) {
    Store(transaction).forget_old_searches(service.clock());
    Store(transaction).forget_claim_attempts(service.settings.claim_window, service.clock());
    web::forget_old_answers(transaction, service.clock());
    events::forget_old_events(transaction, service.clock());
  });
}

}  // namespace membership
