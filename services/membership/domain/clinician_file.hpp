#pragma once

#include <string_view>
#include <vector>

#include "membership/domain/clinician.hpp"
#include "membership/domain/csv.hpp"
#include "vocabulary/result.hpp"

namespace membership {

inline constexpr std::string_view clinician_file_header =
    "taxpayerIdentificationNumber,nationalProviderIdentifier,providerTransactionAccessNumber";

/// A clinician of a practice.
struct ClinicianLine {
  std::size_t line;  // of the file
  ProofOfPractice proof;

  bool operator==(const ClinicianLine&) const = default;
};

/// Every line of a file of clinicians, or what is wrong with it (the first file_errors_max faults,
/// in the order of the lines). No fault repeats what the file holds.
vocabulary::Result<std::vector<ClinicianLine>, std::vector<FileError>> parse_clinician_file(
    std::string_view text);

/// The practice of that line is not known.
FileError unknown_practice(const ClinicianLine& line);

}  // namespace membership
