#include "membership/domain/organization_action.hpp"

#include "support/membership_builders.hpp"

using namespace testing;

TEST_CASE("Members do everything but what is for Security Officials alone, others nothing") {
  using enum OrganizationAction;
  const std::vector<OrganizationAction> all{view_users, view_information, submit_data,
                                            complete_opt_in, view_feedback};
  CHECK(allowed_actions(Role::security_official) == all);
  CHECK(allowed_actions(Role::staff_user) ==
        std::vector<OrganizationAction>(all.begin() + 1, all.end()));
  CHECK(allowed_actions(std::nullopt).empty());
  for (const auto action : all) CHECK(refuse(action, std::nullopt) == Refusal::not_found);
  CHECK(refuse(view_users, Role::staff_user) == Refusal::not_a_security_official);
}
