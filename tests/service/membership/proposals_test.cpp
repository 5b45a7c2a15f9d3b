#include <barrier>
#include <thread>

#include "database/database.hpp"
#include "membership/domain/service_center.hpp"
#include "support/membership_guide.hpp"

// What the service center does where nobody in an organization can: proposed by one agent,
// confirmed by another.
using namespace testing;

namespace {

const std::string proposals = "/v1/service-center/proposals";

std::string at_center(const std::string& path) {
  return "/v1/service-center" + path.substr(3);
}

/// The guide's people, with two agents. Rebecca is the only Security Official of Greenville.
struct Center : Guide {
  explicit Center(database::Kind kind) : Guide(kind) {}

  static Json act_at(const Organization& organization, Json more = Json::object()) {
    Json body = tin_of(organization);
    body["reason"] = "The only one has left.";
    body["caseNumber"] = "QPP-0004711";
    body.update(more);
    return body;
  }

  Answer remove(Client& agent, const Membership& membership, const Organization& organization,
                Json more = Json::object()) {
    return agent.post(at_center(path_of(membership, "remove")), act_at(organization, more),
                      if_match(membership));
  }
  Answer appoint(Client& agent, const Organization& organization, const AccountId& account) {
    return agent.post(at_center(path_of(organization, "appoint")),
                      act_at(organization, {{"accountId", account.text()}}));
  }
  Answer decide(Client& agent, const RoleRequest& request, const Organization& organization,
                const std::string& verdict = "approved") {
    return agent.post(at_center(path_of(request, "decide")),
                      act_at(organization, {{"verdict", verdict}}));
  }
  static std::string path_of_proposal(const Answer& proposed, const std::string& action = "") {
    return proposals + "/" + proposed.body().at("id").get<std::string>() +
           (action.empty() ? "" : "/" + action);
  }
  Answer confirm(Client& agent, const Answer& proposed) {
    return agent.post(path_of_proposal(proposed, "confirm"));
  }
  Answer reject(Client& agent, const Answer& proposed) {
    return agent.post(path_of_proposal(proposed, "reject"));
  }
  /// Signs the agents in anew, as their tokens do not last that long.
  void advance(std::chrono::milliseconds time) {
    service.advance(time);
    one = service.as(one_account);
    two = service.as(two_account);
  }
  std::int64_t officials_of(const Organization& organization) {
    return service.count("SELECT security_official_count FROM organizations WHERE id = '" +
                         organization.id.text() + "'");
  }
  std::int64_t audited(const std::string& outcome) {
    return service.count("SELECT COUNT(*) FROM audit_entries WHERE outcome = '" + outcome + "'");
  }

  AccountId one_account = service.agent("Agent One");
  AccountId two_account = service.agent("Agent Two");
  Client one = service.as(one_account);
  Client two = service.as(two_account);
};

}  // namespace

TEST_CASE("S20: Two agents remove the last Security Official, and everybody concerned is told") {
  Center center(GENERATE(from_range(database_kinds())));
  const auto pending =
      center.service.role_request(center.greenville, center.rebecca, Role::staff_user);

  const auto proposed = center.remove(center.one, center.rebecca_at_greenville, center.greenville);

  REQUIRE(proposed.status == 201);
  CHECK(proposed.header("location") == Center::path_of_proposal(proposed));
  CHECK(proposed.body()["status"] == "pending");
  CHECK(proposed.body()["act"] == "removeMembership");
  CHECK(proposed.body()["person"]["name"] == "Rebecca Lee");
  CHECK(proposed.body()["allowedActions"] == Json{"reject"});
  CHECK(center.officials_of(center.greenville) == 1);
  CHECK(center.service.events().empty());
  CHECK(center.two.get(Center::path_of_proposal(proposed)).body()["allowedActions"] ==
        Json{"confirm", "reject"});

  const auto confirmed = center.confirm(center.two, proposed);

  REQUIRE(confirmed.status == 200);
  CHECK(confirmed.body()["status"] == "confirmed");
  CHECK(confirmed.body()["closedBy"]["name"] == "Agent Two");
  CHECK(confirmed.body()["allowedActions"].empty());
  CHECK(confirmed.header("etag") == "\"2\"");
  CHECK(center.officials_of(center.greenville) == 0);
  auto rebecca = center.service.as(center.rebecca);
  CHECK(rebecca.get(path_of(center.greenville)).status == 404);
  CHECK(rebecca.get(path_of(pending)).body()["status"] == "superseded");

  const auto events = center.service.events();
  REQUIRE(events.size() == 2);
  CHECK(events[1]["type"] == "membership.removed");
  CHECK(events[1]["data"]["removedBy"]["name"] == "Service center");
  CHECK(events[1]["data"]["removedBy"]["accountId"] == "00000000-0000-7000-8000-000000000000");
  CHECK(events[1]["data"]["reason"] == "The only one has left.");
  CHECK(Json(events).dump().find("Agent") == std::string::npos);
}

TEST_CASE("The audit of an act of the service center says why, for which case and by which agent") {
  Center center(GENERATE(from_range(database_kinds())));
  const auto proposed = center.remove(center.one, center.rebecca_at_greenville, center.greenville);
  REQUIRE(center.confirm(center.two, proposed).status == 200);

  for (const char* outcome : {"proposed", "removed", "confirmed"}) {
    CAPTURE(outcome);
    const auto where = " FROM audit_entries WHERE chain_id = '" + center.greenville.id.text() +
                       "' AND outcome = '" + outcome + "'";
    CHECK(center.service.count("SELECT COUNT(*)" + where) == 1);
    const auto details = Json::parse(center.service.value("SELECT details" + where));
    CHECK(details["reason"] == "The only one has left.");
    CHECK(details["caseNumber"] == "QPP-0004711");
    CHECK(details["proposal"] == proposed.body()["id"]);
    CHECK(details.dump().find(center.greenville.tin.text()) == std::string::npos);
    const auto& agent =
        std::string(outcome) == "proposed" ? center.one_account : center.two_account;
    CHECK(center.service.value("SELECT actor" + where) == "serviceCenter/" + agent.text());
  }
}

TEST_CASE(
    "Security Officials read what the service center did and was refused, but not which agent") {
  Center center(GENERATE(from_range(database_kinds())));
  const auto proposed = center.remove(center.one, center.rebecca_at_greenville, center.greenville,
                                      {{"successorAccountId", center.thomas.text()}});
  REQUIRE(center.confirm(center.one, proposed).problem() == "own-proposal");
  REQUIRE(center.remove(center.one, center.rebecca_at_acme, center.greenville).problem() ==
          "invalid-fields");
  REQUIRE(center.confirm(center.two, proposed).status == 200);

  for (const auto& [official, organization] :
       {std::pair(center.thomas, center.greenville), {center.elizabeth, center.acme}}) {
    const auto audit = center.service.as(official).get(path_of(organization, "audit"));
    REQUIRE_FALSE(list_of(audit).empty());
    for (const Json& entry : list_of(audit)) CHECK(entry["actor"]["kind"] == "serviceCenter");
    CHECK(audit.text.find(center.one_account.text()) == std::string::npos);
    CHECK(audit.text.find(center.two_account.text()) == std::string::npos);
    CHECK(audit.text.find("Agent") == std::string::npos);
  }
}

TEST_CASE("A successor is appointed in the same act, and the organization is never without one") {
  Center center(GENERATE(from_range(database_kinds())));
  const auto proposed = center.remove(center.one, center.rebecca_at_greenville, center.greenville,
                                      {{"successorAccountId", center.thomas.text()}});
  REQUIRE(proposed.status == 201);
  CHECK(proposed.body()["successor"]["name"] == "Thomas Miller, MD");

  REQUIRE(center.confirm(center.two, proposed).status == 200);

  CHECK(center.officials_of(center.greenville) == 1);
  CHECK(center.service.as(center.thomas).get(path_of(center.greenville)).body()["yourRole"] ==
        "securityOfficial");
  const auto events = center.service.events();
  REQUIRE(events.size() == 3);
  CHECK(events[0]["type"] == "membership.granted");
  CHECK(events[0]["data"]["grantedBy"]["name"] == "Service center");
  CHECK(events[1]["type"] == "membership.removed");
  CHECK(events[1]["data"]["securityOfficials"] == Json{center.thomas.text()});
  CHECK(center.service.value("SELECT outcome FROM audit_entries WHERE chain_id = '" +
                             center.greenville.id.text() + "' AND number = 2") == "granted");
}

TEST_CASE("An appointed Staff User changes role, what they asked for is superseded") {
  Center center(GENERATE(from_range(database_kinds())));
  const auto pending =
      center.service.role_request(center.acme, center.rebecca, Role::security_official);
  const auto proposed = center.appoint(center.one, center.acme, center.rebecca);
  REQUIRE(proposed.status == 201);
  CHECK(proposed.body()["act"] == "appointSecurityOfficial");

  REQUIRE(center.confirm(center.two, proposed).status == 200);

  CHECK(center.officials_of(center.acme) == 3);
  auto rebecca = center.service.as(center.rebecca);
  CHECK(rebecca.get(path_of(pending)).body()["status"] == "superseded");
  CHECK(rebecca.get(path_of(center.rebecca_at_acme)).body()["role"] == "securityOfficial");
}

TEST_CASE("The service center decides what nobody there can, and the requester is told") {
  Center center(GENERATE(from_range(database_kinds())));
  const std::string verdict = GENERATE(as<std::string>{}, "approved", "denied");
  const auto empty = center.service.organization("Empty Clinic");
  const auto request = center.service.role_request(empty, center.thomas, Role::security_official);

  const auto proposed = center.decide(center.one, request, empty, verdict);
  REQUIRE(proposed.status == 201);
  CHECK(proposed.body()["act"] == "decideRoleRequest");
  CHECK(proposed.body()["verdict"] == verdict);
  REQUIRE(center.confirm(center.two, proposed).status == 200);

  auto thomas = center.service.as(center.thomas);
  const auto decided = thomas.get(path_of(request)).body();
  CHECK(decided["status"] == verdict);
  CHECK(decided["decision"]["decidedBy"]["name"] == "Service center");
  CHECK(decided["decision"]["reason"] == "The only one has left.");
  CHECK(center.officials_of(empty) == (verdict == "approved"));
  const auto events = center.service.events();
  REQUIRE(events.size() == (verdict == "approved" ? 2 : 1));
  CHECK(events[0]["type"] == "roleRequest." + verdict);
  CHECK(events[0]["data"]["decidedBy"]["name"] == "Service center");
}

TEST_CASE("Without dual control an act happens at once, and is kept as a confirmed proposal") {
  Center center(GENERATE(from_range(database_kinds())));
  center.service.settings().service_center_dual_control = false;

  const auto removed = center.remove(center.one, center.rebecca_at_greenville, center.greenville);

  REQUIRE(removed.status == 201);
  CHECK(removed.body()["status"] == "confirmed");
  CHECK(removed.body()["closedBy"]["name"] == "Agent One");
  CHECK(center.officials_of(center.greenville) == 0);
  CHECK(center.confirm(center.two, removed).problem() == "proposal-closed");
}

TEST_CASE("After the service center took the last Security Official, it is who decides there") {
  Center center(GENERATE(from_range(database_kinds())));
  center.service.settings().service_center_dual_control = false;
  const auto request =
      center.service.role_request(center.greenville, center.thomas, Role::security_official);
  CHECK(center.decide(center.one, request, center.greenville).problem() == "officials-can-decide");
  REQUIRE(center.remove(center.one, center.rebecca_at_greenville, center.greenville).status == 201);

  CHECK(center.decide(center.one, request, center.greenville).status == 201);

  CHECK(center.officials_of(center.greenville) == 1);
}

TEST_CASE(
    "What officials left waiting until it was escalated, the service center may decide, too") {
  Center center(GENERATE(from_range(database_kinds())));
  center.service.settings().service_center_dual_control = false;
  const auto request =
      center.service.role_request(center.greenville, center.thomas, Role::staff_user);
  center.advance(std::chrono::days(14));
  CHECK(center.decide(center.one, request, center.greenville).problem() == "officials-can-decide");
  REQUIRE(center.service.remind() == 1);

  REQUIRE(center.decide(center.one, request, center.greenville).status == 201);

  CHECK(center.service.as(center.thomas).get(path_of(request)).body()["status"] == "approved");
  const auto events = center.service.events();
  REQUIRE(events.size() == 2);
  CHECK(events[0]["type"] == "roleRequest.escalated");
  CHECK(events[1]["type"] == "roleRequest.approved");
  CHECK(events[1]["data"]["securityOfficials"] == Json{center.rebecca.text()});
}

TEST_CASE("The own request of the only Security Official is for the service center to decide") {
  Center center(GENERATE(from_range(database_kinds())));
  center.service.settings().service_center_dual_control = false;
  const auto step_down =
      center.service.role_request(center.greenville, center.rebecca, Role::staff_user);

  // By a decision an organization does not lose its last one: only by a removal.
  CHECK(center.decide(center.one, step_down, center.greenville).problem() ==
        "last-security-official");
  CHECK(center.officials_of(center.greenville) == 1);
  CHECK(center.decide(center.one, step_down, center.greenville, "denied").status == 201);
}

TEST_CASE("The proposer does not confirm, but takes back, and what is closed stays closed") {
  Center center(GENERATE(from_range(database_kinds())));
  const auto propose = [&] {
    return center.remove(center.one, center.rebecca_at_greenville, center.greenville);
  };
  const auto first = propose();
  CHECK(center.confirm(center.one, first).problem() == "own-proposal");
  CHECK(center.audited("own-proposal") == 1);
  CHECK(center.reject(center.one, first).body()["status"] == "rejected");
  CHECK(center.reject(center.one, first).status == 200);  // again
  CHECK(center.reject(center.two, first).problem() == "proposal-closed");
  CHECK(center.confirm(center.two, first).problem() == "proposal-closed");
  CHECK(center.officials_of(center.greenville) == 1);

  const auto second = propose();
  REQUIRE(center.confirm(center.two, second).status == 200);
  const auto again = center.confirm(center.two, second);
  CHECK(again.status == 200);
  CHECK(again.body()["status"] == "confirmed");
  CHECK(center.reject(center.one, second).problem() == "proposal-closed");
  CHECK(center.audited("removed") == 1);
}

TEST_CASE("A proposal that nobody confirms in time expires, and leaves the list") {
  Center center(GENERATE(from_range(database_kinds())));
  const auto proposed = center.remove(center.one, center.rebecca_at_greenville, center.greenville);
  CHECK(list_of(center.two.get(proposals)).size() == 1);
  center.advance(24h);

  CHECK(center.confirm(center.two, proposed).problem() == "proposal-expired");
  CHECK(center.reject(center.two, proposed).problem() == "proposal-expired");
  CHECK(center.two.get(Center::path_of_proposal(proposed)).body()["status"] == "expired");
  CHECK(list_of(center.two.get(proposals)).empty());
  CHECK(center.officials_of(center.greenville) == 1);
}

TEST_CASE("Pending proposals are listed oldest first, page by page") {
  Center center(GENERATE(from_range(database_kinds())));
  center.appoint(center.one, center.acme, center.thomas);
  center.service.advance(1s);
  center.appoint(center.two, center.acme, center.stranger);

  const auto first = center.one.get(proposals + "?limit=1");
  REQUIRE(first.status == 200);
  CHECK(list_of(first)[0]["person"]["name"] == "Thomas Miller, MD");
  const auto second = center.one.get(
      proposals + "?limit=1&cursor=" + first.body()["nextCursor"].get<std::string>());
  CHECK(list_of(second)[0]["person"]["name"] == "Aurelie Farrell");
  CHECK(second.body()["nextCursor"].is_null());
  CHECK(center.one.get(proposals + "?cursor=x").problem() == "invalid-fields");
}

TEST_CASE("What is proposed is judged again when it is confirmed") {
  Center center(GENERATE(from_range(database_kinds())));
  auto elizabeth = center.service.as(center.elizabeth);

  SECTION("the member was removed meanwhile") {
    const auto proposed = center.remove(center.one, center.rebecca_at_acme, center.acme);
    REQUIRE(elizabeth
                .post(path_of(center.rebecca_at_acme, "remove"), Json::object(),
                      if_match(center.rebecca_at_acme))
                .status == 200);
    CHECK(center.confirm(center.two, proposed).problem() == "already-removed");
  }
  SECTION("the member has another role now") {
    const auto proposed = center.remove(center.one, center.rebecca_at_acme, center.acme);
    const auto request =
        center.service.role_request(center.acme, center.rebecca, Role::security_official);
    REQUIRE(elizabeth.post(path_of(request, "approve")).status == 200);
    CHECK(center.confirm(center.two, proposed).problem() == "proposal-outdated");
  }
  SECTION("the proposer is an agent no more") {
    const auto proposed = center.remove(center.one, center.rebecca_at_acme, center.acme);
    center.service.value("DELETE FROM service_center_agents WHERE account_id = '" +
                         center.one_account.text() + "'");
    CHECK(center.confirm(center.two, proposed).problem() == "proposal-outdated");
    CHECK(center.reject(center.two, proposed).status == 200);
  }
  SECTION("the appointed has become Security Official otherwise") {
    const auto proposed = center.appoint(center.one, center.acme, center.thomas);
    center.service.member(center.acme, center.thomas, Role::security_official);
    CHECK(center.confirm(center.two, proposed).problem() == "already-security-official");
  }
  SECTION("the request was withdrawn, has expired, or has somebody who decides it") {
    const auto empty = center.service.organization("Empty Clinic");
    const auto request = center.service.role_request(empty, center.thomas, Role::security_official);
    const auto proposed = center.decide(center.one, request, empty);
    REQUIRE(proposed.status == 201);
    center.service.member(empty, center.rebecca, Role::security_official);
    CHECK(center.confirm(center.two, proposed).problem() == "officials-can-decide");
    center.service.value("UPDATE role_requests SET expires_at = 1");
    CHECK(center.confirm(center.two, proposed).problem() == "role-request-expired");
    center.service.value("UPDATE role_requests SET expires_at = 9000000000000");
    REQUIRE(center.service.as(center.thomas).post(path_of(request, "withdraw")).status == 200);
    CHECK(center.confirm(center.two, proposed).problem() == "already-decided");
  }
  SECTION("the requester has become the only Security Official") {
    const auto request =
        center.service.role_request(center.greenville, center.rebecca, Role::staff_user);
    const auto proposed = center.decide(center.one, request, center.greenville);
    REQUIRE(proposed.status == 201);
    CHECK(center.confirm(center.two, proposed).problem() == "last-security-official");
    CHECK(center.officials_of(center.greenville) == 1);
  }
}

TEST_CASE("What does not fit is refused before anybody has to confirm it") {
  Center center(GENERATE(from_range(database_kinds())));
  const auto empty = center.service.organization("Empty Clinic");
  const auto request = center.service.role_request(center.acme, center.thomas);
  const auto overdue = center.service.role_request(empty, center.thomas, Role::security_official);
  const auto withdrawn = center.service.role_request(empty, center.stranger);
  REQUIRE(center.service.as(center.stranger).post(path_of(withdrawn, "withdraw")).status == 200);

  CHECK(center.decide(center.one, request, center.acme).problem() == "officials-can-decide");
  CHECK(center.decide(center.one, withdrawn, empty).problem() == "already-decided");
  center.advance(std::chrono::days(30));
  CHECK(center.decide(center.one, overdue, empty).problem() == "role-request-expired");
  CHECK(center.appoint(center.one, center.acme, center.elizabeth).problem() ==
        "already-security-official");
  CHECK(center
            .remove(center.one, center.rebecca_at_acme, center.acme,
                    {{"successorAccountId", center.elizabeth.text()}})
            .problem() == "already-security-official");
  auto stale = center.rebecca_at_acme;
  stale.version = 7;
  CHECK(center.remove(center.one, stale, center.acme).problem() == "precondition-failed");
  REQUIRE(center.service.as(center.elizabeth)
              .post(path_of(center.rebecca_at_acme, "remove"), Json::object(),
                    if_match(center.rebecca_at_acme))
              .status == 200);
  CHECK(center.remove(center.one, center.rebecca_at_acme, center.acme).problem() ==
        "already-removed");

  CHECK(list_of(center.two.get(proposals)).empty());
}

TEST_CASE("An act names the organization's TIN, a reason and a case number, or is refused") {
  Center center(GENERATE(from_range(database_kinds())));
  const auto pointer_of = [](const Answer& answer) -> std::string {
    REQUIRE(answer.problem() == "invalid-fields");
    REQUIRE(answer.body()["errors"].size() == 1);
    return answer.body()["errors"][0]["pointer"];
  };
  const auto remove = [&](const Json& more) {
    return center.remove(center.one, center.rebecca_at_greenville, center.greenville, more);
  };
  CHECK(pointer_of(remove({{"taxpayerIdentificationNumber", center.acme.tin.text()}})) ==
        "/taxpayerIdentificationNumber");
  CHECK(center.audited("invalid-fields") == 1);
  CHECK(pointer_of(remove({{"taxpayerIdentificationNumber", "1"}})) ==
        "/taxpayerIdentificationNumber");
  CHECK(pointer_of(remove({{"reason", ""}})) == "/reason");
  CHECK(pointer_of(remove({{"reason", " \n"}})) == "/reason");
  const auto tin = center.greenville.tin.text();
  CHECK(pointer_of(remove({{"reason", "Has left " + tin + "."}})) == "/reason");
  CHECK(pointer_of(remove({{"reason", "Has left " + tin.substr(0, 2) + "-" + tin.substr(2)}})) ==
        "/reason");
  CHECK(pointer_of(remove({{"caseNumber", "000-00-0000"}})) == "/caseNumber");
  CHECK(pointer_of(remove({{"successorAccountId", "x"}})) == "/successorAccountId");
  CHECK(pointer_of(remove({{"successorAccountId", center.rebecca.text()}})) ==
        "/successorAccountId");
  CHECK(pointer_of(remove({{"successorAccountId", AccountId::generate().text()}})) ==
        "/successorAccountId");
  CHECK(pointer_of(center.appoint(center.one, center.greenville, AccountId::generate())) ==
        "/accountId");
  // To others the service center is an account, but nobody can be it.
  const auto& nobody = service_center_account();
  CHECK(pointer_of(remove({{"successorAccountId", nobody.text()}})) == "/successorAccountId");
  CHECK(pointer_of(center.appoint(center.one, center.greenville, nobody)) == "/accountId");
  const auto empty = center.service.organization("Empty Clinic");
  const auto request = center.service.role_request(empty, center.thomas, Role::security_official);
  CHECK(pointer_of(center.decide(center.one, request, empty, "maybe")) == "/verdict");
  CHECK(list_of(center.two.get(proposals)).empty());
}

TEST_CASE("No agent proposes, confirms or rejects what concerns themself") {
  Center center(GENERATE(from_range(database_kinds())));
  auto three = center.service.as(center.service.agent("Agent Three"));
  const auto own = center.service.member(center.greenville, center.two_account, Role::staff_user);
  const auto empty = center.service.organization("Empty Clinic");
  const auto request =
      center.service.role_request(empty, center.two_account, Role::security_official);

  const auto removal = center.remove(center.one, own, center.greenville);
  CHECK(center.remove(center.two, own, center.greenville).problem() == "own-membership");
  CHECK(center.confirm(center.two, removal).problem() == "own-membership");
  CHECK(center.reject(center.two, removal).problem() == "own-membership");
  CHECK(center.two.get(Center::path_of_proposal(removal)).body()["allowedActions"].empty());

  const auto appointment = center.appoint(center.one, center.greenville, center.two_account);
  CHECK(center.appoint(center.two, center.greenville, center.two_account).problem() ==
        "own-appointment");
  CHECK(center.confirm(center.two, appointment).problem() == "own-appointment");
  CHECK(center.reject(center.two, appointment).problem() == "own-appointment");

  const Json successor = {{"successorAccountId", center.two_account.text()}};
  const auto succession =
      center.remove(center.one, center.rebecca_at_greenville, center.greenville, successor);
  CHECK(center.remove(center.two, center.rebecca_at_greenville, center.greenville, successor)
            .problem() == "own-appointment");
  CHECK(center.confirm(center.two, succession).problem() == "own-appointment");

  const auto decision = center.decide(center.one, request, empty);
  CHECK(center.decide(center.two, request, empty).problem() == "own-role-request");
  CHECK(center.confirm(center.two, decision).problem() == "own-role-request");
  CHECK(center.reject(center.two, decision).problem() == "own-role-request");

  CHECK(center.audited("own-appointment") == 5);
  CHECK(center.confirm(three, decision).status == 200);
}

TEST_CASE("Only agents signed in with TOTP act for the service center, on what is there") {
  Center center(GENERATE(from_range(database_kinds())));
  const auto empty = center.service.organization("Empty Clinic");
  const auto request = center.service.role_request(empty, center.thomas, Role::security_official);
  const auto proposed = center.appoint(center.one, center.acme, center.thomas);
  const auto every = [&](Client client, const std::string& problem) {
    CHECK(center.remove(client, center.rebecca_at_acme, center.acme).problem() == problem);
    CHECK(center.appoint(client, center.acme, center.thomas).problem() == problem);
    CHECK(center.decide(client, request, empty).problem() == problem);
    CHECK(client.get(proposals).problem() == problem);
    CHECK(client.get(Center::path_of_proposal(proposed)).problem() == problem);
    CHECK(center.confirm(client, proposed).problem() == problem);
    CHECK(center.reject(client, proposed).problem() == problem);
  };
  every(center.service.as(center.two_account, false), "second-factor-too-weak");
  every(center.service.as(center.elizabeth), "not-a-service-center-agent");
  CHECK(center.audited("not-a-service-center-agent") == 7);

  auto nobody = center.rebecca_at_acme;
  nobody.id = MembershipId::generate();
  auto nowhere = center.acme;
  nowhere.id = OrganizationId::generate();
  auto nothing = request;
  nothing.id = RoleRequestId::generate();
  CHECK(center.remove(center.one, nobody, center.acme).problem() == "not-found");
  CHECK(center.appoint(center.one, nowhere, center.thomas).problem() == "not-found");
  CHECK(center.decide(center.one, nothing, empty).problem() == "not-found");
  const auto unknown = proposals + "/" + ProposalId::generate().text();
  CHECK(center.one.get(unknown).problem() == "not-found");
  CHECK(center.one.post(unknown + "/confirm").problem() == "not-found");
  CHECK(center.one.post(unknown + "/reject").problem() == "not-found");
}

TEST_CASE("What was not seen in its present version is neither confirmed, rejected nor decided") {
  Center center(GENERATE(from_range(database_kinds())));
  const Headers stale = {{"If-Match", "\"7\""}};
  const auto empty = center.service.organization("Empty Clinic");
  const auto request = center.service.role_request(empty, center.thomas, Role::security_official);
  const auto proposed = center.decide(center.one, request, empty);
  CHECK(center.two.post(Center::path_of_proposal(proposed, "confirm"), Json::object(), stale)
            .problem() == "precondition-failed");
  CHECK(center.two.post(Center::path_of_proposal(proposed, "reject"), Json::object(), stale)
            .problem() == "precondition-failed");
  CHECK(center.one
            .post(at_center(path_of(request, "decide")),
                  Center::act_at(empty, {{"verdict", "denied"}}), stale)
            .problem() == "precondition-failed");
}

TEST_CASE("The schema itself keeps agents from acting alone or on themselves") {
  Center center(GENERATE(from_range(database_kinds())));
  const auto proposed = center.appoint(center.one, center.acme, center.thomas);
  const auto close_as = [&](const AccountId& agent) {
    center.service.value(
        "UPDATE service_center_proposals SET status = 'confirmed', closed_at = 1,"
        " closed_by = '" +
        agent.text() + "'");
  };
  CHECK_THROWS(close_as(center.one_account));
  CHECK_THROWS(close_as(center.thomas));
  CHECK_THROWS(
      center.service.value("UPDATE service_center_proposals SET account_id = proposed_by"));
  CHECK_THROWS(center.service.value(
      "UPDATE service_center_proposals SET status = 'confirmed', closed_at = 1"));
  CHECK(center.confirm(center.two, proposed).status == 200);
}

TEST_CASE("Two agents confirm at once: one act, one 200, one 409", "[serial]") {
  Center center(GENERATE(from_range(database_kinds())));
  auto three = center.service.as(center.service.agent("Agent Three"));
  constexpr int rounds = 50;
  for (int round = 0; round < rounds; ++round) {
    const auto practice = center.service.organization("Raced Clinic");
    const auto official = center.service.member(practice, center.thomas, Role::security_official);
    const auto proposed = center.remove(center.one, official, practice);
    std::barrier start(2);
    Answer first, second;
    {
      const auto run = [&](Client& agent, Answer& answer) {
        start.arrive_and_wait();
        answer = center.confirm(agent, proposed);
      };
      const std::jthread one([&] { run(center.two, first); });
      const std::jthread two([&] { run(three, second); });
    }
    REQUIRE(std::minmax({first.status, second.status}) == std::pair(200, 409));
    REQUIRE((first.status == 409 ? first : second).problem() == "proposal-closed");
    REQUIRE(center.officials_of(practice) == 0);
  }
  CHECK(center.audited("removed") == rounds);
  CHECK(center.service.events().size() == rounds);
}

TEST_CASE("A confirmed removal against an official who removes the same member: one of them",
          "[serial]") {
  Center center(GENERATE(from_range(database_kinds())));
  auto elizabeth = center.service.as(center.elizabeth);
  constexpr int rounds = 50;
  for (int round = 0; round < rounds; ++round) {
    const auto practice = center.service.organization("Raced Clinic");
    const auto official =
        center.service.member(practice, center.elizabeth, Role::security_official);
    const auto other = center.service.member(practice, center.florian, Role::security_official);
    const auto proposed = center.remove(center.one, other, practice);
    // The remaining one is removed by the service center at the same time, too.
    const auto last = center.remove(center.one, official, practice);
    std::barrier start(3);
    Answer by_center, by_official, of_last;
    {
      const std::jthread one([&] {
        start.arrive_and_wait();
        by_center = center.confirm(center.two, proposed);
      });
      const std::jthread two([&] {
        start.arrive_and_wait();
        by_official = elizabeth.post(path_of(other, "remove"), Json::object(), if_match(other));
      });
      const std::jthread three([&, agent = Client(center.two)]() mutable {
        start.arrive_and_wait();
        of_last = center.confirm(agent, last);
      });
    }
    REQUIRE(of_last.status == 200);
    REQUIRE((by_center.status == 200) != (by_official.status == 200));
    if (by_center.status != 200) REQUIRE(by_center.problem() == "already-removed");
    REQUIRE(center.officials_of(practice) == 0);
    REQUIRE(
        center.service.count(
            "SELECT COUNT(*) FROM memberships WHERE removed_at IS NULL AND organization_id = '" +
            practice.id.text() + "'") == 0);
  }
}
