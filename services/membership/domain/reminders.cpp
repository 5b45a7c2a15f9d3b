#include "membership/domain/reminders.hpp"

#include <algorithm>

namespace membership {

DueReminder due_reminder(const ReminderSchedule& schedule, const RoleRequest& request,
                         Timestamp due_from, Timestamp now) {
  const Timestamp since = request.waiting_since.value_or(request.requested_at);
  DueReminder due;
  const auto note_next = [&](Timestamp at) {
    due.next_at = std::min(at, due.next_at.value_or(at));
  };
  for (const auto after : schedule.reminders) {
    const Timestamp at = since + after;
    if (at > now) note_next(at);
    if (at <= now && at >= due_from) due.step = ReminderStep::remind;
  }
  if (!request.escalated_at) {
    const Timestamp at = since + schedule.escalation;
    if (at > now) note_next(at);
    if (at <= now) due.step = ReminderStep::escalate;
  }
  return due;
}

std::chrono::milliseconds first_step_after(const ReminderSchedule& schedule) {
  auto first = schedule.escalation;
  for (const auto after : schedule.reminders) first = std::min(first, after);
  return first;
}

Timestamp latest_digest(const DigestTime& time, Timestamp now) {
  const auto today = std::chrono::floor<std::chrono::days>(now);
  const Timestamp this_week =
      today - (std::chrono::weekday(today) - time.day) + Timestamp::duration(time.hour);
  return this_week <= now ? this_week : this_week - std::chrono::weeks(1);
}

}  // namespace membership
