#include "membership/domain/membership.hpp"

#include "support/membership_builders.hpp"

using namespace testing;

namespace {

Removal removal_by(const AccountId& account) {
  return {.removed_by = account, .removed_at = tuesday, .reason = "Left the clinic."};
}

}  // namespace

TEST_CASE("A Security Official removes Staff Users and other Security Officials") {
  const auto role = GENERATE(Role::staff_user, Role::security_official);
  const auto membership = member(thomas, role);

  const auto result =
      remove(membership, removal_by(elizabeth), member(elizabeth, Role::security_official));

  REQUIRE(result);
  CHECK(result->removal == removal_by(elizabeth));
  CHECK(result->version == membership.version + 1);
}

TEST_CASE("Nobody removes themself, whatever they hold") {
  const auto role = GENERATE(Role::staff_user, Role::security_official);
  const auto own = member(elizabeth, role);

  const auto result = remove(own, removal_by(elizabeth), own);

  REQUIRE_FALSE(result);
  CHECK(result.error() == Refusal::own_membership);
}

TEST_CASE("Removing is refused by standing first and by state second") {
  struct Remover {
    const char* who;
    std::optional<Membership> membership;
    std::optional<Refusal> refusal;
  };
  const Remover removers[] = {
      {"a stranger", std::nullopt, Refusal::not_found},
      {"an official elsewhere", member(elizabeth, Role::security_official, other_clinic),
       Refusal::not_found},
      {"a removed official", removed(member(elizabeth, Role::security_official), rebecca),
       Refusal::not_found},
      {"someone with another's membership", member(rebecca, Role::security_official),
       Refusal::not_found},
      {"a Staff User here", member(elizabeth, Role::staff_user), Refusal::not_a_security_official},
      {"a Security Official here", member(elizabeth, Role::security_official), std::nullopt},
  };
  for (const auto& remover : removers) {
    for (const auto role : {Role::staff_user, Role::security_official}) {
      for (const bool is_removed : {false, true}) {
        CAPTURE(remover.who, to_text(role), is_removed);
        auto membership = member(thomas, role);
        if (is_removed) membership = removed(membership, rebecca);

        const auto result = remove(membership, removal_by(elizabeth), remover.membership);

        if (!remover.refusal && !is_removed) {
          CHECK(result.has_value());
        } else {
          REQUIRE_FALSE(result);
          CHECK(result.error() == remover.refusal.value_or(Refusal::already_removed));
        }
      }
    }
  }
}

TEST_CASE("Only refusals for lack of standing are security refusals") {
  CHECK(is_security_refusal(Refusal::own_membership));
  CHECK(is_security_refusal(Refusal::own_role_request));
  CHECK(is_security_refusal(Refusal::not_a_security_official));
  CHECK_FALSE(is_security_refusal(Refusal::already_decided));
  CHECK_FALSE(is_security_refusal(Refusal::not_found));
}

TEST_CASE("Removing is listed exactly when it would not be refused") {
  const std::optional<Membership> held[] = {
      std::nullopt, member(elizabeth, Role::staff_user), member(elizabeth, Role::security_official),
      member(elizabeth, Role::security_official, other_clinic),
      removed(member(elizabeth, Role::security_official), rebecca)};
  for (const auto& remover : held) {
    for (const auto& target :
         {member(thomas, Role::staff_user), member(thomas, Role::security_official),
          member(elizabeth, Role::security_official),
          removed(member(thomas, Role::staff_user), rebecca)}) {
      const auto result =
          remove(target, {.removed_by = elizabeth, .removed_at = tuesday, .reason = std::nullopt},
                 remover);
      const auto listed = allowed_actions(target, elizabeth, role_at(remover, elizabeth, clinic));
      CHECK(listed.empty() == !result.has_value());
    }
  }
}
