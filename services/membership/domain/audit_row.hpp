#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "vocabulary/timestamp.hpp"

namespace membership {

using vocabulary::Timestamp;

/// The chain of what concerns no organization; every organization has one, named by its id.
inline constexpr const char* service_chain = "service";

/// What the actor of an act begins with when an agent of the service center did it; the agent's
/// account id follows.
inline constexpr const char* service_center = "serviceCenter/";

/// One row of the audit as it is kept. The rows of a chain are numbered 1, 2, 3, …
struct AuditRow {
  std::string id;
  std::string chain;
  std::int64_t number;
  Timestamp at;  // never before that of the row before: see Store::record
  std::string actor;
  std::string operation;
  std::string subject;
  std::string outcome;
  std::string request_id;
  std::string details;  // a JSON object
  std::string mac;      // in hex

  bool operator==(const AuditRow&) const = default;
};

/// How far a chain goes.
struct AuditHead {
  std::string chain;
  std::int64_t last_number;
  Timestamp last_at;
};

/// What a row's mac is made of: all of the row but its mac, and the mac of the row before (""
/// before the first). No two rows, and no two places in chains, give the same bytes.
std::string sealed_bytes(const AuditRow& row, std::string_view mac_before);

/// Texts joined so that no two lists of them give the same bytes.
std::string join_with_lengths(std::initializer_list<std::string_view> texts);

}  // namespace membership
