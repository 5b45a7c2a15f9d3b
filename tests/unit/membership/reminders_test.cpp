#include "membership/domain/reminders.hpp"

#include "support/membership_builders.hpp"

using namespace testing;
using std::chrono::days;
using std::chrono::hours;

namespace {

using enum ReminderStep;

Timestamp at(const char* text) {
  return vocabulary::parse_timestamp(text).value();
}

/// The steps that a sweep every `period` takes until `end`, and when.
std::vector<std::pair<ReminderStep, Timestamp>> steps_of(RoleRequest request, hours period,
                                                         Timestamp end) {
  const ReminderSchedule schedule;
  const Timestamp since = request.waiting_since.value_or(request.requested_at);
  std::vector<std::pair<ReminderStep, Timestamp>> steps;
  std::optional<Timestamp> due_at = since + first_step_after(schedule);
  for (Timestamp now = since; now <= end && due_at; now += period) {
    if (now < *due_at) continue;
    const auto [step, next_at] = due_reminder(schedule, request, *due_at, now);
    if (step) steps.emplace_back(*step, now);
    if (step == escalate) request.escalated_at = now;
    due_at = next_at;
  }
  return steps;
}

}  // namespace

TEST_CASE("A request is reminded of after 1, 3 and 7 days and escalated after 14, each once") {
  const auto request = role_request_by(thomas);
  CHECK(steps_of(request, hours(1), in_a_month) ==
        std::vector<std::pair<ReminderStep, Timestamp>>{{remind, monday + days(1)},
                                                        {remind, monday + days(3)},
                                                        {remind, monday + days(7)},
                                                        {escalate, monday + days(14)}});
}

TEST_CASE("A sweep that was away takes the latest step alone, and goes on with the next") {
  const auto request = role_request_by(thomas);
  CHECK(steps_of(request, days(5), in_a_month) ==
        std::vector<std::pair<ReminderStep, Timestamp>>{{remind, monday + days(5)},
                                                        {remind, monday + days(10)},
                                                        {escalate, monday + days(15)}});
  CHECK(steps_of(request, days(20), in_a_month) ==
        std::vector<std::pair<ReminderStep, Timestamp>>{{escalate, monday + days(20)}});
}

TEST_CASE("A step is due at its millisecond and not before") {
  const auto request = role_request_by(thomas);
  const auto first = monday + days(1);
  const auto early = due_reminder({}, request, first, first - std::chrono::milliseconds(1));
  CHECK_FALSE(early.step);
  CHECK(early.next_at == first);
  const auto now = due_reminder({}, request, first, first);
  CHECK(now.step == remind);
  CHECK(now.next_at == monday + days(3));
}

TEST_CASE("A request that went to the service center early is reminded of, not escalated again") {
  auto request = role_request_by(thomas);
  request.escalated_at = monday;
  const auto week = due_reminder({}, request, monday + days(7), monday + days(7));
  CHECK(week.step == remind);
  CHECK_FALSE(week.next_at);
  CHECK_FALSE(due_reminder({}, request, monday + days(14), monday + days(14)).step);
}

TEST_CASE("A reopened request is reminded of as a fresh one") {
  auto request = role_request_by(thomas);
  request.waiting_since = monday + days(10);
  CHECK(steps_of(request, hours(1), in_a_month) ==
        std::vector<std::pair<ReminderStep, Timestamp>>{{remind, monday + days(11)},
                                                        {remind, monday + days(13)},
                                                        {remind, monday + days(17)},
                                                        {escalate, monday + days(24)}});
}

TEST_CASE("Reminders may be fewer, unordered or none") {
  const ReminderSchedule schedule{.reminders = {hours(3), hours(1)}, .escalation = hours(2)};
  const auto request = role_request_by(thomas);
  CHECK(first_step_after(schedule) == hours(1));
  CHECK(due_reminder(schedule, request, monday, monday + hours(1)).next_at == monday + hours(2));
  CHECK(due_reminder(schedule, request, monday, monday + hours(5)).step == escalate);

  const ReminderSchedule none{.reminders = {}, .escalation = hours(2)};
  CHECK(first_step_after(none) == hours(2));
  CHECK(due_reminder(none, request, monday, monday).next_at == monday + hours(2));
}

TEST_CASE("Digests are due at one hour of one weekday in UTC") {
  const DigestTime time{.day = std::chrono::Monday, .hour = hours(13)};
  CHECK(latest_digest(time, at("2026-02-02T12:59:59.999Z")) == at("2026-01-26T13:00:00.000Z"));
  CHECK(latest_digest(time, at("2026-02-02T13:00:00.000Z")) == at("2026-02-02T13:00:00.000Z"));
  CHECK(latest_digest(time, at("2026-02-08T23:00:00.000Z")) == at("2026-02-02T13:00:00.000Z"));
  const DigestTime sunday{.day = std::chrono::Sunday, .hour = hours(0)};
  CHECK(latest_digest(sunday, at("2026-02-02T12:00:00.000Z")) == at("2026-02-01T00:00:00.000Z"));
}
