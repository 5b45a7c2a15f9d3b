#pragma once

#include <cstddef>

#include "membership/service.hpp"

namespace membership {

/// Marks every role request whose time is over, and tells those concerned; how many.
std::size_t expire_role_requests(Service& service);

/// Takes the steps that are due for role requests that wait; how many.
std::size_t take_reminder_steps(Service& service);

/// Queues the weekly digests, once they are due.
void send_digests(Service& service);

/// Forgets what is only kept for a while: stored answers and counted searches.
void forget_old_rows(Service& service);

}  // namespace membership
