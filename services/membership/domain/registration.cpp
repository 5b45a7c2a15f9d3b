#include "membership/domain/registration.hpp"

#include <chrono>
#include <cstdlib>

#include "membership/domain/organization_action.hpp"

namespace membership {

std::string_view to_text(Program program) {
  switch (program) {
    case Program::cms_web_interface: return "cmsWebInterface";
    case Program::cahps_for_mips_survey: return "cahpsForMipsSurvey";
  }
  std::abort();  // not an enumerator
}

std::optional<Program> parse_program(std::string_view text) {
  for (const Program program : programs) {
    if (to_text(program) == text) return program;
  }
  return std::nullopt;
}

std::int64_t performance_year_at(Timestamp now) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(now));
  return static_cast<int>(date.year());
}

std::string_view status_of(const Registration& registration) {
  return registration.registered ? "registered" : "notRegistered";
}

std::string_view to_text(RegistrationAction action) {
  switch (action) {
    case RegistrationAction::make: return "register";
    case RegistrationAction::cancel: return "cancel";
  }
  std::abort();  // not an enumerator
}

vocabulary::Result<Registration, Refusal> change(const Registration& registration,
                                                 RegistrationAction action,
                                                 std::optional<Role> held,
                                                 std::int64_t clinician_count, Timestamp now) {
  if (const auto refusal = refuse(OrganizationAction::edit_registrations, held)) return *refusal;
  const bool registers = action == RegistrationAction::make;
  if (registration.registered == registers) return registration;
  const auto& window = registration.window;
  if (!window || now < window->opens_at || now >= window->closes_at) {
    return Refusal::registration_window_closed;
  }
  // Who has become too small may still cancel.
  if (registers && clinician_count < window->clinicians_min) return Refusal::too_few_clinicians;
  Registration changed = registration;
  changed.registered = registers;
  ++changed.version;
  return changed;
}

std::vector<RegistrationAction> allowed_actions(const Registration& registration,
                                                std::optional<Role> held,
                                                std::int64_t clinician_count, Timestamp now) {
  const auto action =
      registration.registered ? RegistrationAction::cancel : RegistrationAction::make;
  if (!change(registration, action, held, clinician_count, now)) return {};
  return {action};
}

}  // namespace membership
