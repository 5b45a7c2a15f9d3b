#include "membership/registrations.hpp"

#include <map>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "events/event.hpp"
#include "membership/notices.hpp"

namespace membership {

namespace {

using Windows = std::map<Program, RegistrationWindow>;

Registration registration_of(Program program, std::int64_t performance_year, const Windows& windows,
                             const Store::RegistrationState& state) {
  const auto window = windows.find(program);
  return {.program = program,
          .performance_year = performance_year,
          .window = window == windows.end() ? std::nullopt : std::optional(window->second),
          .registered = state.registered,
          .version = state.version};
}

RegistrationView view_of(const Registration& registration, std::optional<Role> viewer,
                         const Organization& organization, Timestamp now) {
  return {registration, allowed_actions(registration, viewer, organization.clinician_count, now)};
}

std::vector<RegistrationView> views_of(Store& store, const Organization& organization, Role viewer,
                                       std::int64_t performance_year, Timestamp now) {
  const auto windows = store.list_registration_windows(performance_year);
  auto states = store.list_registrations(organization.id, performance_year);
  std::vector<RegistrationView> views;
  for (const Program program : programs) {
    views.push_back(view_of(registration_of(program, performance_year, windows, states[program]),
                            viewer, organization, now));
  }
  return views;
}

}  // namespace

void show_registrations(Store& store, std::vector<OrganizationCard>& cards, const AccountId& viewer,
                        Timestamp now) {
  const auto year = performance_year_at(now);
  const auto [windows, states] = store.list_registrations(viewer, year);
  for (OrganizationCard& card : cards) {
    for (const Program program : programs) {
      const auto found = states.find({card.organization.id, program});
      const auto state = found == states.end() ? Store::RegistrationState{} : found->second;
      card.registrations.push_back(view_of(registration_of(program, year, windows, state),
                                           card.your_role, card.organization, now));
    }
  }
}

void show_registrations(Store& store, OrganizationCard& card, Timestamp now) {
  card.registrations =
      views_of(store, card.organization, card.your_role, performance_year_at(now), now);
}

Outcome<std::vector<RegistrationView>> list_registrations(Store& store, const OrganizationId& id,
                                                          const AccountId& viewer,
                                                          std::int64_t performance_year,
                                                          Timestamp now) {
  const auto held = store.find_active_membership(viewer, id);
  if (!makes_member(held, viewer, id)) return Refused{Refusal::not_found};
  return views_of(store, store.find_organization(id).value(), held->role, performance_year, now);
}

Outcome<RegistrationView> change_registration(Store& store, const Act& act,
                                              const RegistrationChange& wanted,
                                              std::optional<std::int64_t> expected_version) {
  const OrganizationId& id = wanted.organization;
  if (!store.lock_organization(id)) return Refused{Refusal::not_found};
  const auto role =
      role_at(store.find_active_membership(wanted.changed_by, id), wanted.changed_by, id);
  const Organization organization = store.find_organization(id).value();
  const auto registration =
      registration_of(wanted.program, wanted.performance_year,
                      store.list_registration_windows(wanted.performance_year),
                      store.list_registrations(id, wanted.performance_year)[wanted.program]);
  const auto changed =
      change(registration, wanted.action, role, organization.clinician_count, act.at);
  if (!changed) return Refused{changed.error(), id};
  const auto view = view_of(*changed, role, organization, act.at);
  if (*changed == registration) return view;
  if (expected_version && *expected_version != registration.version) {
    return Refused{Refusal::version_passed, id};
  }

  if (!store.record_registration(id, *changed, wanted.changed_by, act.at)) {
    throw std::logic_error("a registration changed twice under one lock");
  }
  store.enqueue(notice_of_registration(*changed, organization, wanted.changed_by,
                                       store.find_account_name(wanted.changed_by),
                                       store.list_security_officials(id), act.at));
  store.record(act, {.organization = id,
                     .subject = id.text(),
                     .outcome = changed->registered ? "registered" : "registrationCancelled",
                     .details = {{"program", to_text(wanted.program)},
                                 {"performanceYear", wanted.performance_year}}});
  return view;
}

std::int64_t import_registration_windows(Store& store, const Act& act,
                                         const std::vector<RegistrationWindowLine>& lines) {
  std::int64_t changed = 0;
  for (const RegistrationWindowLine& line : lines) {
    const auto known = store.list_registration_windows(line.performance_year);
    const auto found = known.find(line.program);
    if (found != known.end() && found->second == line.window) continue;
    store.put_registration_window(line.program, line.performance_year, line.window);
    store.record(act, {.organization = std::nullopt,
                       .subject = std::string(to_text(line.program)),
                       .outcome = found == known.end() ? "created" : "updated",
                       .details = {{"performanceYear", line.performance_year},
                                   {"opensAt", vocabulary::to_text(line.window.opens_at)},
                                   {"closesAt", vocabulary::to_text(line.window.closes_at)},
                                   {"minimumClinicianCount", line.window.clinicians_min}}});
    ++changed;
  }
  return changed;
}

}  // namespace membership
