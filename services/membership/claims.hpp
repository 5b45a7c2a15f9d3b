#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "membership/domain/clinician.hpp"
#include "membership/domain/clinician_file.hpp"
#include "membership/domain/details.hpp"
#include "membership/refused.hpp"
#include "membership/storage/store.hpp"

// The first Security Official of a practice, by what only its people know.
namespace membership {

/// What claims are judged by.
struct ClaimRules {
  std::string proof_key;  // of the hashes on record; empty: nothing can be proven
  std::int64_t account_attempts_max;
  std::int64_t organization_attempts_max;
  std::chrono::milliseconds attempts_window;
  std::chrono::milliseconds role_request_lifetime;
};

/// Counts the attempt; a proof that holds makes `claimant` Security Official at once, and returns
/// the membership. Any other leaves a pending role request, and returns nothing: why is not told.
Outcome<std::optional<MembershipDetails>> claim_organization(Store& store, const Act& act,
                                                             const AccountId& claimant,
                                                             const OrganizationId& organization,
                                                             const ProofOfPractice& proof,
                                                             const ClaimRules& rules);

/// Counts and audits an attempt that was refused, and whose writes were undone.
void record_refused_claim(Store& store, const Act& act, const AccountId& claimant,
                          const OrganizationId& organization, const Refused& refused,
                          std::string_view outcome, const ClaimRules& rules);

struct ClinicianCounts {
  std::int64_t practices = 0;
  std::int64_t clinicians = 0;
};

/// Puts the clinicians of each practice in the file on record, in place of those that were. With
/// faults (a line whose practice is not known) the transaction has to be given up.
vocabulary::Result<ClinicianCounts, std::vector<FileError>> import_clinicians(
    Store& store, const Act& act, const std::vector<ClinicianLine>& lines,
    const std::string& proof_key);

}  // namespace membership
