#include "membership/domain/membership_change.hpp"

#include <nlohmann/json.hpp>

#include "membership/audit_details.hpp"
#include "support/membership_builders.hpp"

using namespace testing;
using nlohmann::json;

TEST_CASE("Replaying grants, role changes and removals makes the memberships again") {
  const Membership first = member(thomas, Role::staff_user);
  const Membership official = member(elizabeth, Role::security_official);
  const Membership again = member(thomas, Role::staff_user);
  MembershipReplay replay(clinic);

  CHECK_FALSE(replay.apply(granting(official)));
  CHECK_FALSE(replay.apply(granting(first)));
  CHECK_FALSE(replay.apply(RoleChanged{first.id, Role::staff_user, Role::security_official}));
  CHECK_FALSE(replay.apply(removing(removed(first, elizabeth))));
  CHECK_FALSE(replay.apply(granting(again)));

  auto ended = removed(first, elizabeth);
  ended.role = Role::security_official;
  CHECK(replay.memberships() == std::map<MembershipId, Membership>{
                                    {official.id, official}, {first.id, ended}, {again.id, again}});
}

TEST_CASE("A change that cannot follow what was before is named and changes nothing") {
  const Membership staff = member(thomas, Role::staff_user);
  const Membership ended = removed(member(rebecca, Role::staff_user), elizabeth);
  MembershipReplay replay(clinic);
  replay.apply(granting(staff));
  replay.apply(granting(ended));
  replay.apply(removing(ended));
  const auto before = replay.memberships();
  const auto stranger = MembershipId::generate();

  CHECK(replay.apply(granting(member(thomas, Role::staff_user))) ==
        "grants a role to somebody who holds one");
  CHECK(replay.apply(granting(ended)) == "grants a membership twice");
  CHECK(replay.apply(RoleChanged{stranger, Role::staff_user, Role::security_official}) ==
        "changes the role of a membership that was never granted");
  CHECK(replay.apply(RoleChanged{ended.id, Role::staff_user, Role::security_official}) ==
        "changes the role of a membership that has ended");
  CHECK(replay.apply(RoleChanged{staff.id, Role::security_official, Role::staff_user}) ==
        "changes a role that was not held");
  CHECK(replay.apply(Removed{stranger, elizabeth, monday}) ==
        "ends a membership that was never granted");
  CHECK(replay.apply(removing(ended)) == "ends a membership twice");

  CHECK(replay.memberships() == before);
}

TEST_CASE("What the audit keeps of a change is read back as it was") {
  const Membership staff = member(thomas, Role::staff_user);
  for (const MembershipChange& change :
       {granting(staff), removing(removed(staff, elizabeth)),
        MembershipChange(RoleChanged{staff.id, Role::staff_user, Role::security_official})}) {
    CHECK(parse_membership_change({{"membership", to_json(change)}}) == change);
  }
  CHECK_FALSE(parse_membership_change(json::object()));
}

TEST_CASE("A change that cannot be read is an error, not a gap") {
  const json granted = to_json(granting(member(thomas, Role::staff_user)));
  for (const char* name : {"change", "id", "member", "role", "grantedAt"}) {
    json missing = granted;
    missing.erase(name);
    CHECK_THROWS_AS(parse_membership_change({{"membership", missing}}), std::invalid_argument);
    json odd = granted;
    odd[name] = "odd";
    CHECK_THROWS_AS(parse_membership_change({{"membership", odd}}), std::invalid_argument);
  }
  CHECK_THROWS_AS(parse_membership_change({{"membership", "granted"}}), std::invalid_argument);
}
