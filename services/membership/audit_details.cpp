#include "membership/audit_details.hpp"

#include <stdexcept>
#include <string>

namespace membership {

namespace {

using nlohmann::json;

json fields_of(const Granted& granted) {
  return {{"change", "granted"},
          {"id", granted.id.text()},
          {"member", granted.member.text()},
          {"role", to_text(granted.role)},
          {"grantedAt", vocabulary::to_text(granted.granted_at)}};
}

json fields_of(const RoleChanged& changed) {
  return {{"change", "roleChanged"},
          {"id", changed.id.text()},
          {"from", to_text(changed.from)},
          {"to", to_text(changed.to)}};
}

json fields_of(const Removed& removed) {
  return {{"change", "removed"},
          {"id", removed.id.text()},
          {"removedBy", removed.removed_by.text()},
          {"removedAt", vocabulary::to_text(removed.removed_at)}};
}

template <class Parse>
auto parse_field(const json& fields, const char* name, Parse parse) {
  const auto field = fields.find(name);
  if (field != fields.end() && field->is_string()) {
    if (auto value = parse(field->get<std::string>())) return *std::move(value);
  }
  throw std::invalid_argument(std::string("membership/") + name + " cannot be read");
}

}  // namespace

json to_json(const MembershipChange& change) {
  return std::visit([](const auto& each) { return fields_of(each); }, change);
}

std::optional<MembershipChange> parse_membership_change(const json& details) {
  const auto found = details.find("membership");
  if (found == details.end()) return std::nullopt;
  const json& fields = *found;
  const auto change =
      parse_field(fields, "change", [](std::string text) { return std::optional(text); });
  const auto id = parse_field(fields, "id", MembershipId::parse);
  if (change == "granted") {
    return Granted{.id = id,
                   .member = parse_field(fields, "member", AccountId::parse),
                   .role = parse_field(fields, "role", parse_role),
                   .granted_at = parse_field(fields, "grantedAt", vocabulary::parse_timestamp)};
  }
  if (change == "roleChanged") {
    return RoleChanged{.id = id,
                       .from = parse_field(fields, "from", parse_role),
                       .to = parse_field(fields, "to", parse_role)};
  }
  if (change == "removed") {
    return Removed{.id = id,
                   .removed_by = parse_field(fields, "removedBy", AccountId::parse),
                   .removed_at = parse_field(fields, "removedAt", vocabulary::parse_timestamp)};
  }
  throw std::invalid_argument("membership/change cannot be read");
}

}  // namespace membership
