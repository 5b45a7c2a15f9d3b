#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "membership/domain/ids.hpp"

namespace membership {

enum class OrganizationType { practice, apm_entity, virtual_group, registry };

inline constexpr std::array organization_types = {
    OrganizationType::practice, OrganizationType::apm_entity, OrganizationType::virtual_group,
    OrganizationType::registry};

/// The one spelling of each type, in JSON, in the import file and in the database alike.
std::string_view to_text(OrganizationType type);
std::optional<OrganizationType> parse_organization_type(std::string_view text);

/// Nine digits; leading zeros count. Kept out of logs, URLs and the sight of Staff Users.
class TaxpayerIdentificationNumber {
 public:
  static std::optional<TaxpayerIdentificationNumber> parse(std::string_view text);

  const std::string& text() const { return text_; }

  friend bool operator==(const TaxpayerIdentificationNumber&,
                         const TaxpayerIdentificationNumber&) = default;

 private:
  explicit TaxpayerIdentificationNumber(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

/// All but the last four characters as "*".
std::string mask(std::string_view secret);

/// Whether `text` can identify an organization of that type: a practice's TIN, "A1234", "VG000001"
/// or "REG000001".
bool is_identifier(OrganizationType type, std::string_view text);

struct Organization {
  OrganizationId id;
  OrganizationType type;
  std::string identifier;  // unique within its type
  std::string name;
  TaxpayerIdentificationNumber tin;
  std::string address;  // opaque
  std::int64_t security_official_count = 0;
  std::int64_t member_count = 0;  // Security Officials included
  std::int64_t version = 1;
  std::int64_t clinician_count = 0;  // 0 also when it is not known

  bool operator==(const Organization&) const = default;
};

}  // namespace membership
