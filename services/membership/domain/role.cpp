#include "membership/domain/role.hpp"

#include <cstdlib>

namespace membership {

std::string_view to_text(Role role) {
  switch (role) {
    case Role::staff_user: return "staffUser";
    case Role::security_official: return "securityOfficial";
  }
  std::abort();  // not an enumerator
}

std::optional<Role> parse_role(std::string_view text) {
  for (const Role role : {Role::staff_user, Role::security_official}) {
    if (to_text(role) == text) return role;
  }
  return std::nullopt;
}

}  // namespace membership
