#pragma once

#include <string>
#include <string_view>

#include "membership/domain/audit_row.hpp"

namespace membership {

/// The mac, in hex, that `row` must have behind a row with mac `mac_before`.
std::string mac_of(const AuditRow& row, std::string_view mac_before, std::string_view audit_key);

}  // namespace membership
