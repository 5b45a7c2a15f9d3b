#include "membership/storage/rows.hpp"
#include "membership/storage/store.hpp"

namespace membership {

namespace {

#define WINDOW_SELECT "SELECT w.program, w.opens_at, w.closes_at, w.clinicians_min"
RegistrationWindow to_window(Integer opens_at, Integer closes_at, Integer clinicians_min) {
  return {.opens_at = vocabulary::from_unix(opens_at),
          .closes_at = vocabulary::from_unix(closes_at),
          .clinicians_min = clinicians_min};
}

bool is_registered(const Text& status) {
  return status == "registered";
}

}  // namespace

std::map<Program, RegistrationWindow> Store::list_registration_windows(
    std::int64_t performance_year) {
  std::map<Program, RegistrationWindow> windows;
  for (const auto& [program, opens_at, closes_at, clinicians_min] :
       transaction_.rows<Text, Integer, Integer, Integer>(
           WINDOW_SELECT " FROM registration_windows w WHERE w.performance_year = :year",
           {{"year", performance_year}})) {
    windows.emplace(checked(parse_program(program), "program"),
                    to_window(opens_at, closes_at, clinicians_min));
  }
  return windows;
}

void Store::put_registration_window(Program program, std::int64_t performance_year,
                                    const RegistrationWindow& window) {
  transaction_.execute(
      "INSERT INTO registration_windows"
      "  (performance_year, program, opens_at, closes_at, clinicians_min)"
      " VALUES (:year, :program, :opens_at, :closes_at, :clinicians_min)"
      " ON CONFLICT (performance_year, program) DO UPDATE SET opens_at = excluded.opens_at,"
      "  closes_at = excluded.closes_at, clinicians_min = excluded.clinicians_min",
      {{"year", performance_year},
       {"program", to_text(program)},
       {"opens_at", vocabulary::to_unix(window.opens_at)},
       {"closes_at", vocabulary::to_unix(window.closes_at)},
       {"clinicians_min", window.clinicians_min}});
}

std::map<Program, Store::RegistrationState> Store::list_registrations(
    const OrganizationId& organization, std::int64_t performance_year) {
  std::map<Program, RegistrationState> states;
  for (const auto& [program, status, version] : transaction_.rows<Text, Text, Integer>(
           "SELECT program, status, version FROM registrations"
           " WHERE organization_id = :organization AND performance_year = :year",
           {{"organization", organization.text()}, {"year", performance_year}})) {
    states[checked(parse_program(program), "program")] = {is_registered(status), version};
  }
  return states;
}

Store::RegistrationsOfMember Store::list_registrations(const AccountId& member,
                                                       std::int64_t performance_year) {
  RegistrationsOfMember found;
  for (const auto& [program, opens_at, closes_at, clinicians_min, organization, status, version] :
       transaction_.rows<Text, Integer, Integer, Integer, MaybeText, MaybeText, MaybeInteger>(
           WINDOW_SELECT
           ", r.organization_id, r.status, r.version"
           "  FROM registration_windows w LEFT JOIN"
           "   (SELECT e.organization_id, e.program, e.status, e.version"
           "      FROM memberships m JOIN registrations e ON e.organization_id = m.organization_id"
           "     WHERE m.account_id = :account AND m.removed_at IS NULL"
           "       AND e.performance_year = :year) r ON r.program = w.program"
           " WHERE w.performance_year = :year",
           {{"account", member.text()}, {"year", performance_year}})) {
    const Program of = checked(parse_program(program), "program");
    found.windows.emplace(of, to_window(opens_at, closes_at, clinicians_min));
    if (!organization) continue;
    found.states[{checked_id<OrganizationId>(*organization), of}] = {
        is_registered(checked(status, "status")), checked(version, "version")};
  }
  return found;
}

bool Store::record_registration(const OrganizationId& organization,
                                const Registration& registration, const AccountId& changed_by,
                                Timestamp changed_at) {
  return transaction_.execute(
             "INSERT INTO registrations (organization_id, performance_year, program, status,"
             "  changed_by, changed_at, version)"
             " VALUES (:organization, :year, :program, :status, :by, :at, :version)"
             " ON CONFLICT (organization_id, performance_year, program) DO UPDATE SET"
             "  status = excluded.status, changed_by = excluded.changed_by,"
             "  changed_at = excluded.changed_at, version = excluded.version"
             "  WHERE registrations.version = excluded.version - 1",
             {{"organization", organization.text()},
              {"year", registration.performance_year},
              {"program", to_text(registration.program)},
              {"status", status_of(registration)},
              {"by", changed_by.text()},
              {"at", vocabulary::to_unix(changed_at)},
              {"version", registration.version}}) == 1;
}

}  // namespace membership
