#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "membership/domain/audit_row.hpp"
#include "membership/storage/store.hpp"
#include "vocabulary/result.hpp"

// What can be asked of the whole audit, in one snapshot. Memory holds a page of rows; replaying
// holds one organization's memberships.
namespace membership {

/// The first thing that is wrong.
struct AuditFault {
  std::string chain;
  std::int64_t number;
  std::string id;    // of the row; "" when it is not there
  std::string what;  // "was altered", …

  bool operator==(const AuditFault&) const = default;
};

std::string to_text(const AuditFault& fault);

struct AuditCount {
  std::int64_t chains = 0;
  std::int64_t rows = 0;

  bool operator==(const AuditCount&) const = default;
};

/// Checks each row of each chain: its number, its mac, and that the clock does not go back. Calls
/// `on_last_row` with the last row of each chain that is whole.
///
/// What no check without a checkpoint finds: an end that was cut off together with the chain's
/// head, and a whole chain that is gone.
vocabulary::Result<AuditCount, AuditFault> verify_audit(
    Store& store, std::string_view audit_key,
    const std::function<void(const AuditRow&)>& on_last_row = {});

/// Verifies, and writes where each chain ends, sealed with the key.
vocabulary::Result<AuditCount, AuditFault> write_checkpoint(Store& store,
                                                            std::string_view audit_key,
                                                            Timestamp now, std::ostream& output);

/// Whether all that `checkpoint` counted is still there as it was. Throws std::invalid_argument
/// when it was not written with this key, or was changed since.
std::optional<AuditFault> compare_with_checkpoint(Store& store, std::string_view audit_key,
                                                  std::istream& checkpoint);

/// Makes all memberships again from the audit, and names each that the tables hold otherwise; how
/// many agree. The audit is taken as it is: verify it first.
std::int64_t replay_audit(Store& store,
                          const std::function<void(const std::string& difference)>& on_difference);

/// A row as it is exported, all of it: one JSON object and the end of the line.
std::string to_line(const AuditRow& row);

/// Writes the line of each row, of one chain or of all.
void export_audit(Store& store, const std::optional<std::string>& chain, std::ostream& output);

}  // namespace membership
