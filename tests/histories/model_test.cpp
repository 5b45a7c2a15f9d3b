#include "histories/model.hpp"

#include <catch2/catch.hpp>

using namespace histories;

namespace {

const std::string clinic = "01a20000-0000-7000-8000-00000000c111";
const std::string elizabeth = "01a20000-0000-7000-8000-000000000001";  // Security Official
const std::string florian = "01a20000-0000-7000-8000-000000000002";    // Security Official
const std::string rebecca = "01a20000-0000-7000-8000-000000000003";    // Staff User
const std::string thomas = "01a20000-0000-7000-8000-000000000004";     // asks

const std::map<std::string, std::string> names = {
    {elizabeth, "Elizabeth"}, {florian, "Florian"}, {rebecca, "Rebecca"}, {thomas, "Thomas"}};

const std::string monday = "2026-02-02T09:00:00.000Z";
const std::string tuesday = "2026-02-03T09:00:00.000Z";
const std::string next_month = "2026-03-04T09:00:00.000Z";
const std::string request_id = "01a20000-0000-7000-8000-00000000aaaa";

std::string membership_of(const std::string& account) {
  return "01a20000-0000-7000-8000-0000000b" + account.substr(account.size() - 4);
}

State clinic_state() {
  State state;
  state.organization = clinic;
  state.clinicians = 24;
  for (const auto& [account, role] :
       {std::pair{elizabeth, "securityOfficial"}, std::pair{florian, "securityOfficial"},
        std::pair{rebecca, "staffUser"}}) {
    state.memberships.push_back({.id = membership_of(account),
                                 .member = account,
                                 .role = role,
                                 .granted_at = monday,
                                 .removed_at = ""});
  }
  state.requests.push_back({.id = request_id,
                            .requester = thomas,
                            .role = "staffUser",
                            .status = "pending",
                            .requested_at = monday,
                            .expires_at = next_month});
  return state;
}

/// A call on Tuesday from `invoked` to `returned`.
Call call(const std::string& operation, const std::string& actor, const std::string& subject,
          Span span) {
  Call made;
  made.operation = operation;
  made.actor = actor;
  made.organization = clinic;
  made.subject = subject;
  made.span = span;
  made.wall = {1'770'109'200'000, 1'770'109'200'000};
  return made;
}

Call refused(Call made, int status, const std::string& problem) {
  made.status = status;
  made.answer = {{"type", "/problems/" + problem}};
  return made;
}

Json person(const std::string& account) {
  return {{"accountId", account}, {"name", names.at(account)}};
}

Json decision(const std::string& verdict, const std::string& decider) {
  return {{"verdict", verdict},
          {"decidedBy", person(decider)},
          {"decidedAt", tuesday},
          {"reason", nullptr}};
}

Json role_request(const std::string& status, Json decided) {
  const bool is_pending = status == "pending";
  return {{"id", request_id},
          {"relation", "toDecide"},
          {"requester", person(thomas)},
          {"organization", {{"id", clinic}}},
          {"role", "staffUser"},
          {"status", status},
          {"requestedAt", monday},
          {"expiresAt", next_month},
          {"deciderCount", is_pending ? 2 : 0},
          {"decision", std::move(decided)},
          {"allowedActions", is_pending ? Json{"approve", "deny"} : Json::array()}};
}

Call decided(const std::string& operation, const std::string& decider, Span span) {
  Call made = call(operation, decider, request_id, span);
  const std::string verdict = operation == "approveRoleRequest" ? "approved" : "denied";
  made.status = 200;
  made.etag = "\"2\"";
  made.answer = role_request(verdict, decision(verdict, decider));
  return made;
}

Call decided_already(const std::string& operation, const std::string& decider, Span span,
                     const std::string& verdict, const std::string& first) {
  Call made = refused(call(operation, decider, request_id, span), 409, "already-decided");
  made.answer["roleRequest"] = role_request(verdict, decision(verdict, first));
  return made;
}

Json registration(const std::string& program, int least, int version, Json actions) {
  return {{"program", program},
          {"performanceYear", 2026},
          {"status", version % 2 == 0 ? "notRegistered" : "registered"},
          {"etag", '"' + std::to_string(version) + '"'},
          {"minimumClinicianCount", least},
          {"allowedActions", std::move(actions)}};
}

/// What every card shows of an organization that is too small for one and not registered.
Json registrations(const std::string& role) {
  return {registration("cmsWebInterface", 25, 0, Json::array()),
          registration("cahpsForMipsSurvey", 2, 0,
                       role == "securityOfficial" ? Json{"register"} : Json::array())};
}

Call changed(const std::string& operation, const std::string& official, Span span, int version) {
  Call made = call(operation, official, "cahpsForMipsSurvey", span);
  made.body = {{"performanceYear", 2026}};
  made.status = 200;
  made.etag = '"' + std::to_string(version) + '"';
  made.answer = registration("cahpsForMipsSurvey", 2, version,
                             Json{version % 2 == 0 ? "register" : "cancel"});
  return made;
}

Call removed(const std::string& remover, const std::string& member, Span span, int members_left,
             bool single) {
  Call made = call("removeMembership", remover, membership_of(member), span);
  made.if_match = "\"1\"";
  made.status = 200;
  made.etag = "\"2\"";
  made.answer = {{"membership",
                  {{"id", membership_of(member)},
                   {"organizationId", clinic},
                   {"accountId", member},
                   {"name", names.at(member)},
                   {"role", member == rebecca ? "staffUser" : "securityOfficial"},
                   {"you", false},
                   {"grantedAt", monday},
                   {"removedAt", tuesday},
                   {"allowedActions", Json::array()}}},
                 {"organization",
                  {{"id", clinic},
                   {"yourRole", "securityOfficial"},
                   {"clinicianCount", 24},
                   {"registrations", registrations("securityOfficial")},
                   {"connectedUserCount", members_left},
                   {"pendingUserCount", 1},
                   {"advice", single ? Json{"singleSecurityOfficial"} : Json::array()}}}};
  return made;
}

Call listed(const std::string& actor, Span span) {
  Call made = call("listOrganizationRoleRequests", actor, "", span);
  made.status = 200;
  made.answer = {{"items", {role_request("pending", nullptr)}}, {"nextCursor", nullptr}};
  return made;
}

bool accepts(const std::vector<Call>& calls, const State& initial = clinic_state()) {
  const Model model(names, {}, Terms(), calls);
  return linearize(
             calls, initial, [](const Call& made) { return made.span; },
             [&](const State& state, const Call& made) { return model.apply(state, made); },
             [](const State& state) { return state.key(); },
             [](const Call& made) { return made.only_reads(); })
      .complete;
}

}  // namespace

TEST_CASE("Of approve and deny at once, one is told what the other decided") {
  CHECK(accepts({decided("approveRoleRequest", elizabeth, {0, 10}),
                 decided_already("denyRoleRequest", florian, {0, 10}, "approved", elizabeth)}));
  CHECK_FALSE(accepts({decided("approveRoleRequest", elizabeth, {0, 10}),
                       decided("denyRoleRequest", florian, {0, 10})}));
  CHECK_FALSE(accepts({decided("approveRoleRequest", elizabeth, {0, 10}),
                       decided_already("denyRoleRequest", florian, {0, 10}, "denied", elizabeth)}));
}

TEST_CASE("A decision is not told of before it was invoked") {
  CHECK_FALSE(accepts({decided_already("denyRoleRequest", florian, {0, 1}, "approved", elizabeth),
                       decided("approveRoleRequest", elizabeth, {2, 3})}));
}

TEST_CASE("The same decision by the same person is answered 200 again, by another 409") {
  CHECK(accepts({decided("approveRoleRequest", elizabeth, {0, 1}),
                 decided("approveRoleRequest", elizabeth, {2, 3})}));
  CHECK_FALSE(accepts({decided("approveRoleRequest", elizabeth, {0, 1}),
                       decided("approveRoleRequest", florian, {2, 3})}));
}

TEST_CASE("Nothing that a removed official does after their removal is accepted") {
  const auto removal = removed(elizabeth, florian, {0, 1}, 2, true);
  CHECK_FALSE(accepts({removal, decided("denyRoleRequest", florian, {2, 3})}));
  CHECK_FALSE(accepts({removal, listed(florian, {2, 3})}));
  CHECK(accepts(
      {removal, refused(call("denyRoleRequest", florian, request_id, {2, 3}), 404, "not-found")}));
  CHECK(accepts({removed(elizabeth, florian, {0, 10}, 2, true), listed(florian, {2, 3})}));
}

TEST_CASE("Of two officials who remove each other at once, one is removed and refused") {
  const auto by_florian = call("removeMembership", florian, membership_of(elizabeth), {0, 10});
  CHECK(accepts(
      {removed(elizabeth, florian, {0, 10}, 2, true), refused(by_florian, 404, "not-found")}));
  CHECK_FALSE(accepts({removed(elizabeth, florian, {0, 10}, 2, true),
                       removed(florian, elizabeth, {0, 10}, 2, true)}));
  CHECK_FALSE(accepts({refused(call("removeMembership", elizabeth, membership_of(florian), {0, 10}),
                               404, "not-found"),
                       refused(by_florian, 404, "not-found")}));
}

TEST_CASE("A removal with a version that has passed is refused, and one with the present is not") {
  auto stale = removed(elizabeth, rebecca, {0, 1}, 2, false);
  stale.if_match = "\"7\"";
  CHECK_FALSE(accepts({stale}));
  CHECK(accepts({refused(stale, 412, "precondition-failed")}));
  CHECK(accepts({removed(elizabeth, rebecca, {0, 1}, 2, false)}));
  CHECK_FALSE(accepts({removed(elizabeth, rebecca, {0, 1}, 3, false)}));  // the count is wrong
}

TEST_CASE("Whoever is approved is a member from then on") {
  Call card = call("getOrganization", thomas, "", {2, 3});
  card.status = 200;
  card.answer = {{"id", clinic},
                 {"yourRole", "staffUser"},
                 {"clinicianCount", 24},
                 {"registrations", registrations("staffUser")}};
  CHECK(accepts({decided("approveRoleRequest", elizabeth, {0, 1}), card}));
  CHECK_FALSE(accepts({decided("denyRoleRequest", elizabeth, {0, 1}), card}));
  CHECK_FALSE(accepts({decided("approveRoleRequest", elizabeth, {0, 1}),
                       refused(call("getOrganization", thomas, "", {2, 3}), 404, "not-found")}));
}

TEST_CASE(
    "A call under a key used before is answered as the first was, or refused when it differs") {
  auto first = decided("approveRoleRequest", elizabeth, {0, 1});
  first.idempotency_key = "a-key-of-elizabeth";
  auto again = first;
  again.span = {2, 3};
  again.replayed = true;
  CHECK(accepts({first, again}));
  CHECK_FALSE(accepts({again}));

  auto not_replayed = again;
  not_replayed.replayed = false;
  CHECK_FALSE(accepts({first, not_replayed}));

  auto other = again;
  other.body = {{"reason", "another"}};
  CHECK_FALSE(accepts({first, other}));
  other.replayed = false;
  CHECK(accepts({first, refused(other, 422, "idempotency-key-reused")}));
}

TEST_CASE("A role request that is over in this very moment may be either") {
  const auto at = [](Call made, std::int64_t invoked, std::int64_t returned) {
    const std::int64_t over = 1'772'614'800'000;  // next_month
    made.wall = {over + invoked, over + returned};
    return made;
  };
  auto expired = refused(call("approveRoleRequest", elizabeth, request_id, {0, 1}), 409,
                         "role-request-expired");
  expired.answer["roleRequest"] = role_request("expired", nullptr);
  const auto approved = decided("approveRoleRequest", elizabeth, {0, 1});

  CHECK(accepts({at(approved, -20, -10)}));
  CHECK_FALSE(accepts({at(expired, -20, -10)}));
  CHECK(accepts({at(approved, -1, 1)}));
  CHECK(accepts({at(expired, -1, 1)}));
  CHECK_FALSE(accepts({at(approved, 0, 1)}));
  CHECK(accepts({at(expired, 0, 1)}));
}

TEST_CASE("Whoever registers twice is answered the same, and what is cancelled is at an end") {
  const auto registered = changed("registerOrganization", elizabeth, {0, 1}, 1);
  const auto again = changed("registerOrganization", florian, {2, 3}, 1);
  const auto cancelled = changed("cancelRegistration", florian, {4, 5}, 2);
  CHECK(accepts({registered, again, cancelled}));
  CHECK_FALSE(accepts({registered, changed("registerOrganization", florian, {2, 3}, 2)}));

  auto stale = changed("cancelRegistration", florian, {4, 5}, 2);
  stale.if_match = "\"2\"";
  CHECK_FALSE(accepts({registered, stale}));
  CHECK(accepts({registered, refused(stale, 412, "precondition-failed")}));

  Call in_a_closed_year = registered;
  in_a_closed_year.body = {{"performanceYear", closed_year}};
  CHECK(accepts({refused(in_a_closed_year, 409, "registration-window-closed")}));
  Call too_small = registered;
  too_small.subject = "cmsWebInterface";
  CHECK(accepts({refused(too_small, 409, "too-few-clinicians")}));
  Call by_staff = registered;
  by_staff.actor = rebecca;
  CHECK(accepts({refused(by_staff, 403, "not-a-security-official")}));
}

TEST_CASE("A claim without proof asks anew once the request that would go on is withdrawn") {
  State nobody_there = clinic_state();
  nobody_there.memberships.clear();
  nobody_there.requests.front().role = "securityOfficial";
  Call withdrawn = call("withdrawRoleRequest", thomas, request_id, {0, 10});
  withdrawn.status = 200;
  withdrawn.etag = "\"2\"";
  withdrawn.answer = role_request("withdrawn", nullptr);
  withdrawn.answer["relation"] = "own";
  withdrawn.answer["role"] = "securityOfficial";
  Call claimed = call("claimOrganization", thomas, "", {0, 30});
  claimed.body = {{"providerTransactionAccessNumber", "WRONG1"}};
  claimed.status = 202;
  claimed.answer = {{"status", "pending"}};
  Call asked = refused(call("createRoleRequest", thomas, "", {20, 25}), 409, "already-pending");
  asked.body = {{"role", "securityOfficial"}};
  CHECK(accepts({withdrawn, claimed, asked}, nobody_there));
}
