#include "membership/domain/role_request.hpp"

#include <map>
#include <random>

#include "support/membership_builders.hpp"

using namespace testing;

namespace {

using enum RoleRequestStatus;

constexpr RoleRequestStatus statuses[] = {pending,   approved, denied,
                                          withdrawn, expired,  superseded};

RoleRequest in_status(RoleRequest request, RoleRequestStatus status, const AccountId& decider) {
  request.status = status;
  if (status != pending) request.closed_at = monday;
  if (status == approved) request.decision = decision_by(decider, Verdict::approved, monday);
  if (status == denied) request.decision = decision_by(decider, Verdict::denied, monday);
  return request;
}

constexpr ReopeningTerms terms{.within = std::chrono::hours(72), .lifetime = std::chrono::days(30)};
const Timestamp thursday = monday + terms.within;  // the window of a denial on monday is over

RoleRequest denied_request() {
  return in_status(role_request_by(thomas), denied, elizabeth);
}

Result<RoleRequest, Refusal> reopen_at(const RoleRequest& request, Timestamp at,
                                       const RequesterStanding& requester = {},
                                       const AccountId& official = rebecca) {
  return reopen(request, {.reopened_by = official, .reopened_at = at},
                member(official, Role::security_official), requester, terms);
}

}  // namespace

TEST_CASE("Every transition of a role request is in one table, and every other is refused") {
  using enum RoleRequestAction;
  using Next = Result<RoleRequestStatus, Refusal>;
  constexpr RoleRequestAction actions[] = {approve, deny, withdraw, expire, supersede, reopen};
  const auto no = Refusal::already_decided;
  const auto over = Refusal::role_request_expired;
  const auto not_denied = Refusal::not_denied;
  const std::map<RoleRequestStatus, std::vector<Next>> table{
      // approve, deny, withdraw, expire, supersede, reopen
      {pending, {approved, denied, withdrawn, expired, superseded, not_denied}},
      {approved, {no, no, no, no, no, not_denied}},
      {denied, {no, no, no, no, no, pending}},
      {withdrawn, {no, no, no, no, no, not_denied}},
      {expired, {over, over, over, over, over, not_denied}},
      {superseded, {no, no, no, no, no, not_denied}},
  };
  for (const auto status : statuses) {
    for (std::size_t i = 0; i < std::size(actions); ++i) {
      CAPTURE(to_text(status), to_text(actions[i]));
      const auto next = transition(status, actions[i]);
      const auto& wanted = table.at(status).at(i);
      REQUIRE(next.has_value() == wanted.has_value());
      if (next) CHECK(*next == *wanted);
      if (!next) CHECK(next.error() == wanted.error());
      CHECK(parse_role_request_action(to_text(actions[i])) == actions[i]);
    }
  }
}

TEST_CASE("A Security Official of the organization decides a role request") {
  const auto request = role_request_by(thomas);
  const auto decision = decision_by(elizabeth, Verdict::denied);

  const auto decided = decide(request, decision, member(elizabeth, Role::security_official));

  REQUIRE(decided);
  CHECK(decided->status == denied);
  CHECK(decided->decision == decision);
  CHECK(decided->closed_at == tuesday);
  CHECK(decided->version == request.version + 1);
}

TEST_CASE("Deciding is refused by standing first and by state second, in every combination") {
  struct Decider {
    const char* who;
    std::optional<Membership> membership;
    std::optional<Refusal> refusal;  // nullopt: the state decides
  };
  auto demoted = member(elizabeth, Role::staff_user);
  const Decider deciders[] = {
      {"a stranger", std::nullopt, Refusal::not_found},
      {"an official elsewhere", member(elizabeth, Role::security_official, other_clinic),
       Refusal::not_found},
      {"a removed official", removed(member(elizabeth, Role::security_official), rebecca),
       Refusal::not_found},
      {"someone with another's membership", member(rebecca, Role::security_official),
       Refusal::not_found},
      {"a Staff User here", demoted, Refusal::not_a_security_official},
      {"a Security Official here", member(elizabeth, Role::security_official), std::nullopt},
  };
  for (const auto& decider : deciders) {
    for (const auto verdict : {Verdict::approved, Verdict::denied}) {
      for (const auto role : {Role::staff_user, Role::security_official}) {
        for (const auto status : statuses) {
          for (const auto& earlier_decider : {elizabeth, rebecca}) {
            CAPTURE(decider.who, to_text(verdict), to_text(role), to_text(status));
            const auto request = in_status(role_request_by(thomas, role), status, earlier_decider);

            const auto decided =
                decide(request, decision_by(elizabeth, verdict), decider.membership);

            const bool same_again = earlier_decider == elizabeth && request.decision &&
                                    request.decision->verdict == verdict;
            if (decider.refusal) {
              REQUIRE_FALSE(decided);
              CHECK(decided.error() == *decider.refusal);
            } else if (same_again) {
              REQUIRE(decided);
              CHECK(*decided == request);
            } else if (status == pending) {
              REQUIRE(decided);
              CHECK(decided->status == (verdict == Verdict::approved ? approved : denied));
            } else {
              REQUIRE_FALSE(decided);
              CHECK(decided.error() ==
                    (status == expired ? Refusal::role_request_expired : Refusal::already_decided));
            }
          }
        }
      }
    }
  }
}

TEST_CASE("Nobody decides their own role request, whatever they hold and in whatever state it is") {
  const std::optional<Membership> held[] = {
      std::nullopt, member(thomas, Role::staff_user), member(thomas, Role::security_official),
      member(thomas, Role::security_official, other_clinic),
      removed(member(thomas, Role::security_official), elizabeth)};
  for (const auto& membership : held) {
    for (const auto status : statuses) {
      const auto decided = decide(in_status(role_request_by(thomas), status, elizabeth),
                                  decision_by(thomas), membership);

      REQUIRE_FALSE(decided);
      CHECK(decided.error() == Refusal::own_role_request);
    }
  }
}

TEST_CASE("A request is pending until the instant it expires") {
  const auto request = role_request_by(thomas);
  const auto official = member(elizabeth, Role::security_official);
  const auto decide_at = [&](Timestamp at) {
    return decide(request, decision_by(elizabeth, Verdict::approved, at), official);
  };

  CHECK(decide_at(in_a_month - std::chrono::milliseconds(1)).has_value());
  REQUIRE_FALSE(decide_at(in_a_month));
  CHECK(decide_at(in_a_month).error() == Refusal::role_request_expired);
  CHECK(status_at(request, in_a_month) == expired);
}

TEST_CASE("The requester takes a pending request back, and nobody else does") {
  const auto request = role_request_by(thomas);

  const auto taken_back = withdraw(request, thomas, tuesday);
  const auto by_an_official = withdraw(request, elizabeth, tuesday);

  REQUIRE(taken_back);
  CHECK(taken_back->status == withdrawn);
  CHECK(withdraw(*taken_back, thomas, in_a_month).has_value());
  REQUIRE_FALSE(by_an_official);
  CHECK(by_an_official.error() == Refusal::not_found);
}

TEST_CASE("What was decided or is over is not withdrawn") {
  const auto [status, refusal] = GENERATE(table<RoleRequestStatus, Refusal>({
      {approved, Refusal::already_decided},
      {denied, Refusal::already_decided},
      {superseded, Refusal::already_decided},
      {expired, Refusal::role_request_expired},
  }));
  const auto result =
      withdraw(in_status(role_request_by(thomas), status, elizabeth), thomas, tuesday);

  REQUIRE_FALSE(result);
  CHECK(result.error() == refusal);
}

TEST_CASE("Any Security Official there reopens a denied request, which is pending its full time") {
  const auto request = denied_request();

  const auto reopened = reopen_at(request, tuesday);

  REQUIRE(reopened);
  CHECK(reopened->status == pending);
  CHECK(reopened->expires_at == tuesday + terms.lifetime);
  CHECK_FALSE(reopened->closed_at);
  CHECK_FALSE(reopened->decision);
  CHECK(reopened->reopening == Reopening{rebecca, tuesday});
  CHECK(reopened->version == request.version + 1);
  CHECK(reopen_at(request, tuesday, {}, elizabeth).has_value());
}

TEST_CASE("Reopening is refused by standing first, as deciding is") {
  const std::pair<std::optional<Membership>, Refusal> officials[] = {
      {std::nullopt, Refusal::not_found},
      {member(rebecca, Role::security_official, other_clinic), Refusal::not_found},
      {removed(member(rebecca, Role::security_official), elizabeth), Refusal::not_found},
      {member(elizabeth, Role::security_official), Refusal::not_found},
      {member(rebecca, Role::staff_user), Refusal::not_a_security_official}};
  for (const auto& [membership, refusal] : officials) {
    for (const auto status : statuses) {
      const auto reopened =
          reopen(in_status(role_request_by(thomas), status, elizabeth),
                 {.reopened_by = rebecca, .reopened_at = tuesday}, membership, {}, terms);
      REQUIRE_FALSE(reopened);
      CHECK(reopened.error() == refusal);
    }
  }
  for (const auto& held :
       {std::optional(member(thomas, Role::security_official)),
        std::optional(member(thomas, Role::staff_user)), std::optional<Membership>()}) {
    const auto own =
        reopen(denied_request(), {.reopened_by = thomas, .reopened_at = tuesday}, held, {}, terms);
    REQUIRE_FALSE(own);
    CHECK(own.error() == Refusal::own_role_request);
  }
}

TEST_CASE("A denied request is reopened until the instant its window is over") {
  CHECK(reopen_at(denied_request(), thursday - std::chrono::milliseconds(1)).has_value());
  REQUIRE_FALSE(reopen_at(denied_request(), thursday));
  CHECK(reopen_at(denied_request(), thursday).error() == Refusal::reopen_window_over);
}

TEST_CASE("A request is not reopened over a newer one, nor when its role is held") {
  const auto refusal_of = [](const RequesterStanding& requester) -> std::optional<Refusal> {
    const auto reopened = reopen_at(denied_request(), tuesday, requester);
    return reopened ? std::nullopt : std::optional(reopened.error());
  };
  CHECK(refusal_of({.role = std::nullopt, .pending_until = in_a_month}) ==
        Refusal::requester_asked_again);
  CHECK(refusal_of({.role = std::nullopt, .pending_until = tuesday}) == std::nullopt);
  CHECK(refusal_of({.role = Role::staff_user, .pending_until = std::nullopt}) ==
        Refusal::requester_holds_role);
  CHECK(refusal_of({.role = Role::security_official, .pending_until = std::nullopt}) ==
        std::nullopt);
}

TEST_CASE(
    "The same reopening again returns the request as it is, while nothing has happened since") {
  const auto reopened = reopen_at(denied_request(), tuesday);
  REQUIRE(reopened);
  const auto again = reopen_at(*reopened, tuesday + std::chrono::hours(1));
  REQUIRE(again);
  CHECK(*again == *reopened);

  const auto refused_with_not_denied = [](const Result<RoleRequest, Refusal>& result) {
    return !result && result.error() == Refusal::not_denied;
  };
  CHECK(refused_with_not_denied(reopen_at(*reopened, tuesday, {}, elizabeth)));
  CHECK(refused_with_not_denied(reopen_at(*reopened, reopened->expires_at)));
  const auto approved_since = decide(*reopened, decision_by(elizabeth, Verdict::approved, tuesday),
                                     member(elizabeth, Role::security_official));
  REQUIRE(approved_since);
  CHECK(refused_with_not_denied(reopen_at(*approved_since, tuesday)));
}

TEST_CASE("After a reopening the same decision by the same decider is a new one") {
  const auto official = member(elizabeth, Role::security_official);
  const auto reopened = reopen_at(denied_request(), tuesday);
  REQUIRE(reopened);
  const auto denied_again = decide(*reopened, decision_by(elizabeth, Verdict::denied), official);
  REQUIRE(denied_again);
  CHECK(denied_again->status == denied);
  CHECK(denied_again->version == reopened->version + 1);
  CHECK(reopen_at(*denied_again, tuesday).has_value());
}

TEST_CASE("An action is listed exactly when doing it would neither be refused nor be a repeat") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto any_of = [&random](const auto&... choices) {
    const std::common_type_t<std::decay_t<decltype(choices)>...> all[] = {choices...};
    return all[random() % std::size(all)];
  };
  using MaybeRole = std::optional<Role>;
  using MaybeMembership = std::optional<Membership>;
  for (int world = 0; world < 20'000; ++world) {
    auto request = in_status(role_request_by(any_of(thomas, elizabeth),
                                             any_of(Role::staff_user, Role::security_official)),
                             any_of(pending, approved, denied, withdrawn, expired, superseded),
                             any_of(elizabeth, rebecca));
    if (random() % 2 == 0) request.reopening = Reopening{any_of(elizabeth, rebecca), monday};
    const AccountId viewer = any_of(thomas, elizabeth, rebecca);
    const MaybeMembership membership =
        any_of(MaybeMembership(), MaybeMembership(member(viewer, Role::staff_user)),
               MaybeMembership(member(viewer, Role::security_official)),
               MaybeMembership(removed(member(viewer, Role::security_official), thomas)),
               MaybeMembership(member(viewer, Role::security_official, other_clinic)));
    const Timestamp now = any_of(monday, tuesday, thursday, in_a_month);
    const RequesterStanding requester{
        .role =
            any_of(MaybeRole(), MaybeRole(Role::staff_user), MaybeRole(Role::security_official)),
        .pending_until =
            any_of(std::optional<Timestamp>(), std::optional(tuesday), std::optional(in_a_month))};
    const auto changes = [&](const Result<RoleRequest, Refusal>& result) {
      return result && *result != request;
    };

    std::vector<RoleRequestAction> wanted;
    if (changes(decide(request, decision_by(viewer, Verdict::approved, now), membership))) {
      wanted.push_back(RoleRequestAction::approve);
    }
    if (changes(decide(request, decision_by(viewer, Verdict::denied, now), membership))) {
      wanted.push_back(RoleRequestAction::deny);
    }
    if (changes(withdraw(request, viewer, now))) wanted.push_back(RoleRequestAction::withdraw);
    if (changes(reopen(request, {.reopened_by = viewer, .reopened_at = now}, membership, requester,
                       terms))) {
      wanted.push_back(RoleRequestAction::reopen);
    }
    REQUIRE(allowed_actions(request, requester, viewer, role_at(membership, viewer, clinic), now,
                            terms.within) == wanted);
  }
}

TEST_CASE("One request is pending per person and organization") {
  const auto second = ask(role_request_by(thomas), organization_with(1), std::nullopt,
                          role_request_by(thomas, Role::security_official));

  REQUIRE_FALSE(second);
  CHECK(second.error() == Refusal::already_pending);
}

TEST_CASE("A request whose time is over does not keep a person from asking again") {
  auto wish = role_request_by(thomas);
  wish.requested_at = in_a_month;

  CHECK(ask(wish, organization_with(1), std::nullopt, role_request_by(thomas)).has_value());
}

TEST_CASE("Nobody asks for the role they hold, but for the other one") {
  const auto asks_for = [](Role wanted, const std::optional<Membership>& held) {
    return ask(role_request_by(thomas, wanted), organization_with(1), held, std::nullopt);
  };
  const auto staff = member(thomas, Role::staff_user);
  const auto official = member(thomas, Role::security_official);

  CHECK(asks_for(Role::security_official, staff).has_value());
  CHECK(asks_for(Role::staff_user, official).has_value());
  CHECK(asks_for(Role::staff_user, removed(staff, elizabeth)).has_value());
  REQUIRE_FALSE(asks_for(Role::staff_user, staff));
  CHECK(asks_for(Role::staff_user, staff).error() == Refusal::role_already_held);
  REQUIRE_FALSE(asks_for(Role::security_official, official));
  CHECK(asks_for(Role::security_official, official).error() == Refusal::role_already_held);
}

TEST_CASE("The first member of an organization must be a Security Official") {
  const auto as_staff =
      ask(role_request_by(thomas), organization_with(0), std::nullopt, std::nullopt);
  const auto as_official = ask(role_request_by(thomas, Role::security_official),
                               organization_with(0), std::nullopt, std::nullopt);

  REQUIRE_FALSE(as_staff);
  CHECK(as_staff.error() == Refusal::first_member_must_be_security_official);
  CHECK(as_official.has_value());
}

TEST_CASE("A request that nobody decided is superseded, or expired once its time was over") {
  CHECK(close_undecided(role_request_by(thomas), tuesday).status == superseded);
  CHECK(close_undecided(role_request_by(thomas), in_a_month).status == expired);
}

TEST_CASE("An approved request grants the role that was asked for") {
  const auto approved_request =
      decide(role_request_by(thomas, Role::security_official), decision_by(elizabeth),
             member(elizabeth, Role::security_official));
  REQUIRE(approved_request);

  const auto granted = granted_by(*approved_request, MembershipId::generate());

  CHECK(granted.member == thomas);
  CHECK(granted.organization == clinic);
  CHECK(granted.role == Role::security_official);
  CHECK(granted.granted_at == tuesday);
  CHECK_FALSE(granted.removal);
}

TEST_CASE("Every status is read back from its one spelling") {
  for (const auto status : statuses) CHECK(parse_role_request_status(to_text(status)) == status);
  for (const auto role : {Role::staff_user, Role::security_official}) {
    CHECK(parse_role(to_text(role)) == role);
  }
  CHECK_FALSE(parse_role("SecurityOfficial"));
  CHECK_FALSE(parse_role_request_status(""));
}
