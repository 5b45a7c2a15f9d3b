#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "membership/domain/refusal.hpp"
#include "membership/domain/role.hpp"
#include "vocabulary/result.hpp"
#include "vocabulary/timestamp.hpp"

namespace membership {

using vocabulary::Timestamp;

/// What organizations register for, each performance year anew.
enum class Program { cms_web_interface, cahps_for_mips_survey };

inline constexpr std::array programs = {Program::cms_web_interface, Program::cahps_for_mips_survey};

/// The one spelling of each, in JSON, in the import file and in the database alike.
std::string_view to_text(Program program);
std::optional<Program> parse_program(std::string_view text);

inline constexpr std::int64_t performance_year_min = 2017;
inline constexpr std::int64_t performance_year_max = 2100;

/// The calendar year of `now` in UTC.
std::int64_t performance_year_at(Timestamp now);

/// When a program takes registrations for a performance year, and of whom.
struct RegistrationWindow {
  Timestamp opens_at;
  Timestamp closes_at;  // the first instant that is too late
  std::int64_t clinicians_min;

  bool operator==(const RegistrationWindow&) const = default;
};

/// Whether one organization takes part in a program in a performance year.
struct Registration {
  Program program;
  std::int64_t performance_year;
  std::optional<RegistrationWindow> window;  // nullopt: the program has none that year
  bool registered = false;
  std::int64_t version = 0;  // 0: never changed

  bool operator==(const Registration&) const = default;
};

/// "registered" or "notRegistered", in JSON and in the database alike.
std::string_view status_of(const Registration& registration);

/// What one does about a registration; each change makes its next version.
enum class RegistrationAction { make, cancel };

/// The one spelling of each, in allowedActions: as in the addresses.
std::string_view to_text(RegistrationAction action);

/// The registration after somebody who holds the role `held` at an organization of so many
/// clinicians has done this at `now`, or why they may not. What is so already stays as it is.
vocabulary::Result<Registration, Refusal> change(const Registration& registration,
                                                 RegistrationAction action,
                                                 std::optional<Role> held,
                                                 std::int64_t clinician_count, Timestamp now);

/// What they may do that would change something.
std::vector<RegistrationAction> allowed_actions(const Registration& registration,
                                                std::optional<Role> held,
                                                std::int64_t clinician_count, Timestamp now);

}  // namespace membership
