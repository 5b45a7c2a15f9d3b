#include "membership/authorization_checks.hpp"

namespace membership {

std::vector<std::optional<Refusal>> check_authorizations(
    Store& store, const std::vector<AuthorizationCheck>& checks) {
  std::vector<Store::Standing> asked;
  asked.reserve(checks.size());
  for (const auto& check : checks) asked.push_back({check.account, check.organization});
  const auto roles = store.find_roles(asked);

  std::vector<std::optional<Refusal>> answers;
  answers.reserve(checks.size());
  for (std::size_t i = 0; i < checks.size(); ++i) {
    answers.push_back(refuse(checks[i].action, roles[i]));
  }
  return answers;
}

}  // namespace membership
