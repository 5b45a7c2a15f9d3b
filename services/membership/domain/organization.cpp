#include "membership/domain/organization.hpp"

#include <algorithm>
#include <cstdlib>

namespace membership {

namespace {

bool is_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_prefix_and_digits(std::string_view text, std::string_view prefix, std::size_t digits) {
  return text.size() == prefix.size() + digits && text.starts_with(prefix) &&
         is_digits(text.substr(prefix.size()));
}

}  // namespace

std::string_view to_text(OrganizationType type) {
  switch (type) {
    case OrganizationType::practice: return "practice";
    case OrganizationType::apm_entity: return "apmEntity";
    case OrganizationType::virtual_group: return "virtualGroup";
    case OrganizationType::registry: return "registry";
  }
  std::abort();  // not an enumerator
}

std::optional<OrganizationType> parse_organization_type(std::string_view text) {
  for (const OrganizationType type : organization_types) {
    if (to_text(type) == text) return type;
  }
  return std::nullopt;
}

std::optional<TaxpayerIdentificationNumber> TaxpayerIdentificationNumber::parse(
    std::string_view text) {
  if (text.size() != 9 || !is_digits(text)) return std::nullopt;
  return TaxpayerIdentificationNumber(std::string(text));
}

std::string mask(std::string_view secret) {
  constexpr std::size_t shown = 4;
  const std::size_t hidden = secret.size() > shown ? secret.size() - shown : 0;
  return std::string(hidden, '*') + std::string(secret.substr(hidden));
}

bool is_identifier(OrganizationType type, std::string_view text) {
  switch (type) {
    case OrganizationType::practice: return is_prefix_and_digits(text, "", 9);
    case OrganizationType::apm_entity:
      return !text.empty() && text[0] >= 'A' && text[0] <= 'Z' && text.size() >= 5 &&
             text.size() <= 10 && is_digits(text.substr(1));
    case OrganizationType::virtual_group: return is_prefix_and_digits(text, "VG", 6);
    case OrganizationType::registry: return is_prefix_and_digits(text, "REG", 6);
  }
  std::abort();  // not an enumerator
}

}  // namespace membership
