#pragma once

#include <cstddef>

#include "membership/domain/details.hpp"
#include "membership/domain/reminders.hpp"
#include "membership/storage/store.hpp"

namespace membership {

/// Hands a pending request of a locked organization to the service center when there is nobody who
/// could decide it.
void escalate_unless_decidable(Store& store, const Act& act, const RoleRequestDetails& request);

/// What follows from there being more or fewer Security Officials of a locked organization: who is
/// the only one now is told so, and requests that nobody can decide go to the service center. Once
/// per act that changes their number.
void follow_security_officials(Store& store, const Act& act, const OrganizationId& organization);

/// Takes the step that is due for a request, once among all who try. False when there was none.
bool take_reminder_step(Store& store, const Act& act, const ReminderSchedule& schedule,
                        const Store::ReminderDue& due);

/// Queues the digests of the next Security Officials in line, at most `limit`, once among all who
/// try; false when there is nothing left to do until the next week.
bool send_digests(Store& store, const DigestTime& time, Timestamp now, std::size_t limit);

}  // namespace membership
