#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "membership/domain/csv.hpp"
#include "membership/domain/registration.hpp"
#include "vocabulary/result.hpp"

namespace membership {

inline constexpr std::string_view registration_window_file_header =
    "program,performanceYear,opensAt,closesAt,minimumClinicianCount";

struct RegistrationWindowLine {
  Program program;
  std::int64_t performance_year;
  RegistrationWindow window;

  bool operator==(const RegistrationWindowLine&) const = default;
};

/// Every line of an import file, or what is wrong with it.
vocabulary::Result<std::vector<RegistrationWindowLine>, std::vector<FileError>>
parse_registration_window_file(std::string_view text);

}  // namespace membership
