#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "membership/domain/csv.hpp"
#include "membership/domain/organization.hpp"
#include "vocabulary/result.hpp"

namespace membership {

inline constexpr std::string_view organization_file_header =
    "type,identifier,name,taxpayerIdentificationNumber,address,securityOfficialAccountId";
/// The same with the number of clinicians, which a file may leave out.
inline constexpr std::string_view organization_file_header_with_clinicians =
    "type,identifier,name,taxpayerIdentificationNumber,address,securityOfficialAccountId,"
    "clinicianCount";

/// One line of an import file.
struct OrganizationLine {
  OrganizationType type;
  std::string identifier;
  std::string name;
  TaxpayerIdentificationNumber tin;
  std::string address;
  std::optional<AccountId> security_official;
  std::optional<std::int64_t> clinician_count = {};  // nullopt: as it is

  bool operator==(const OrganizationLine&) const = default;
};

inline constexpr std::size_t file_errors_max = 50;

/// Every line of an import file, or what is wrong with it (the first file_errors_max faults, in the
/// order of the lines). An organization may stand on several lines, one per Security Official, that
/// agree in everything else. No fault repeats what the file holds.
vocabulary::Result<std::vector<OrganizationLine>, std::vector<FileError>> parse_organization_file(
    std::string_view text);

}  // namespace membership
