#include "membership/domain/audit_row.hpp"

namespace membership {

std::string join_with_lengths(std::initializer_list<std::string_view> texts) {
  std::string bytes;
  for (const std::string_view text : texts) {
    const std::uint64_t size = text.size();
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(size >> shift);
    bytes += text;
  }
  return bytes;
}

std::string sealed_bytes(const AuditRow& row, std::string_view mac_before) {
  return join_with_lengths({"countersign audit 1", mac_before, row.chain,
                            std::to_string(row.number), row.id,
                            std::to_string(vocabulary::to_unix(row.at)), row.actor, row.operation,
                            row.subject, row.outcome, row.request_id, row.details});
}

}  // namespace membership
