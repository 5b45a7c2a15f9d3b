#include "membership/reminders.hpp"

#include "events/event.hpp"
#include "membership/notices.hpp"

namespace membership {

namespace {

constexpr const char* digest_timer = "weeklyDigest";
constexpr std::size_t digest_organizations_max = 20;

void escalate(Store& store, const Act& act, const RoleRequestDetails& request) {
  if (!store.record_escalation(request.request.id, act.at)) return;
  store.enqueue(notice_of_escalation(request, act.at));
  store.record(act, {.organization = request.request.organization,
                     .subject = request.request.id.text(),
                     .outcome = "escalated"});
}

}  // namespace

void escalate_unless_decidable(Store& store, const Act& act, const RoleRequestDetails& request) {
  if (request.decider_count == 0) escalate(store, act, request);
}

void follow_security_officials(Store& store, const Act& act,
                               const OrganizationId& organization_id) {
  const auto organization = store.find_organization(organization_id).value();
  const std::int64_t officials = organization.security_official_count;
  if (officials > 1) return;
  for (const auto& request : store.list_undecidable(organization_id, act.at)) {
    escalate(store, act, request);
  }
  if (officials == 0) return;
  const auto last = store.list_security_officials(organization_id).at(0);
  store.enqueue(notice_of_single_official(organization, last, act.at));
}

bool take_reminder_step(Store& store, const Act& act, const ReminderSchedule& schedule,
                        const Store::ReminderDue& due) {
  const auto place = store.find_place_of(due.id);
  if (!place || !store.hold(place->organization)) return false;
  const auto found = store.find_role_request(due.id);
  const RoleRequest& request = found->request;
  if (status_at(request, act.at) != RoleRequestStatus::pending) return false;
  const auto [step, next_at] = due_reminder(schedule, request, due.at, act.at);
  if (!store.claim_reminder(due, next_at) || !step) return false;

  if (found->decider_count == 0 || step == ReminderStep::escalate) {
    if (request.escalated_at) return false;
    escalate(store, act, *found);
  } else {
    store.record_reminder(request.id, act.at);
    store.enqueue(
        notice_of_reminder(*found, store.list_security_officials(request.organization), act.at));
  }
  return true;
}

bool send_digests(Store& store, const DigestTime& time, Timestamp now, std::size_t limit) {
  const auto timer = store.find_timer(digest_timer);
  if (!timer) {
    store.start_timer(digest_timer, now);
    return false;
  }
  const Timestamp due = latest_digest(time, now);
  if (timer->done_until >= due) return false;

  const auto officials = store.list_officials_with_pending(timer->progress, now, limit);
  const bool is_last = officials.size() < limit;
  if (!store.move_timer(*timer, {.name = digest_timer,
                                 .done_until = is_last ? due : timer->done_until,
                                 .progress = is_last ? "" : officials.back().text()})) {
    return false;
  }
  for (const AccountId& official : officials) {
    const auto digest = store.find_digest(official, now, digest_organizations_max);
    if (digest.pending_count > 0) store.enqueue(notice_of_digest(digest, now));
  }
  return !is_last;
}

}  // namespace membership
