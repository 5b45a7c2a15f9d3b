#include <unordered_map>

#include "membership/storage/rows.hpp"
#include "membership/storage/store.hpp"

namespace membership {

std::vector<std::optional<Role>> Store::find_roles(const std::vector<Standing>& asked) {
  if (asked.size() == 1) {
    const auto row = transaction_.row<Text>(
        "SELECT role FROM memberships WHERE account_id = :account"
        "   AND organization_id = :organization AND removed_at IS NULL",
        {{"account", asked[0].account.text()}, {"organization", asked[0].organization.text()}});
    return {row ? std::optional(checked(parse_role(std::get<0>(*row)), "role")) : std::nullopt};
  }
  // Ids are made of digits, letters a to f and hyphens: nothing needs to be escaped.
  std::string pairs = "[";
  for (const Standing& each : asked) {
    if (pairs.size() > 1) pairs += ',';
    pairs += '"' + each.account.text() + each.organization.text() + '"';
  }
  pairs += ']';
  std::unordered_map<std::string, Role> held;
  for (auto& [pair, role] : transaction_.rows<Text, Text>(
           "SELECT pair.value, m.role FROM @JSON_TEXTS@(:pairs) pair"
           "  JOIN memberships m ON m.account_id = substr(pair.value, 1, 36)"
           "   AND m.organization_id = substr(pair.value, 37, 36)"
           " WHERE m.removed_at IS NULL",
           {{"pairs", pairs}})) {
    held.emplace(std::move(pair), checked(parse_role(role), "role"));
  }

  std::vector<std::optional<Role>> roles;
  roles.reserve(asked.size());
  for (const Standing& each : asked) {
    const auto found = held.find(each.account.text() + each.organization.text());
    roles.push_back(found == held.end() ? std::nullopt : std::optional(found->second));
  }
  return roles;
}

}  // namespace membership
