#include "membership/domain/organization_action.hpp"

#include "support/membership_builders.hpp"

using namespace testing;

TEST_CASE("Members do everything but what is for Security Officials alone, others nothing") {
  using enum OrganizationAction;
  CHECK(allowed_actions(Role::security_official) ==
        std::vector<OrganizationAction>(organization_actions.begin(), organization_actions.end()));
  CHECK(allowed_actions(Role::staff_user) ==
        std::vector<OrganizationAction>{view_information, submit_data, complete_opt_in,
                                        view_feedback});
  CHECK(allowed_actions(std::nullopt).empty());
  for (const auto action : organization_actions) {
    CHECK(refuse(action, std::nullopt) == Refusal::not_found);
    CHECK(parse_organization_action(to_text(action)) == action);
  }
  for (const auto action : {view_users, manage_access, edit_registrations}) {
    CHECK(refuse(action, Role::staff_user) == Refusal::not_a_security_official);
  }
}
