#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "membership/domain/role_request.hpp"

// When people are told, by nobody's act, of role requests that wait.
namespace membership {

/// Counted from when a role request began to wait.
struct ReminderSchedule {
  std::vector<std::chrono::milliseconds> reminders = {std::chrono::days(1), std::chrono::days(3),
                                                      std::chrono::days(7)};
  std::chrono::milliseconds escalation = std::chrono::days(14);
};

enum class ReminderStep { remind, escalate };

struct DueReminder {
  std::optional<ReminderStep> step;  // the one to take now
  std::optional<Timestamp> next_at;  // when there may be another one to take
};

/// What is due at `now` for a pending request whose steps before `due_from` are taken. Of several
/// that have become due only the latest is taken; a request that waits for the service center
/// already is not escalated again.
DueReminder due_reminder(const ReminderSchedule& schedule, const RoleRequest& request,
                         Timestamp due_from, Timestamp now);

/// When the first step becomes due, counted from when a request begins to wait.
std::chrono::milliseconds first_step_after(const ReminderSchedule& schedule);

/// The time of the week, in UTC, at which Security Officials get their digest.
struct DigestTime {
  std::chrono::weekday day = std::chrono::Monday;
  std::chrono::hours hour{13};
};

/// The last time for digests at or before `now`.
Timestamp latest_digest(const DigestTime& time, Timestamp now);

}  // namespace membership
