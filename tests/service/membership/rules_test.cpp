#include "database/database.hpp"
#include "support/membership_guide.hpp"
#include "vocabulary/id.hpp"

// The rules behind the guide: what an organization keeps, how requests end, what is refused.
using namespace testing;

TEST_CASE("A person has one pending request per organization") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto thomas = guide.service.as(guide.thomas);
  REQUIRE(thomas.post("/v1/role-requests", body_of(guide.acme, Role::staff_user)).status == 201);

  CHECK(thomas.post("/v1/role-requests", body_of(guide.acme, Role::staff_user)).problem() ==
        "already-pending");
  CHECK(thomas.post("/v1/role-requests", body_of(guide.acme, Role::security_official)).problem() ==
        "already-pending");
  CHECK(thomas.post("/v1/role-requests", body_of(guide.greenville, Role::staff_user)).status ==
        201);
}

TEST_CASE("A person does not ask for the role they hold") {
  Guide guide(GENERATE(from_range(database_kinds())));
  CHECK(guide.service.as(guide.rebecca)
            .post("/v1/role-requests", body_of(guide.acme, Role::staff_user))
            .problem() == "role-already-held");
  CHECK(guide.service.as(guide.elizabeth)
            .post("/v1/role-requests", body_of(guide.acme, Role::security_official))
            .problem() == "role-already-held");
}

TEST_CASE("An organization without officials takes requests for Security Official only") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto empty = guide.service.organization("Empty Clinic");
  auto thomas = guide.service.as(guide.thomas);

  CHECK(thomas.post("/v1/role-requests", body_of(empty, Role::staff_user)).problem() ==
        "first-member-must-be-security-official");
  const auto asked = thomas.post("/v1/role-requests", body_of(empty, Role::security_official));
  CHECK(asked.status == 201);
  CHECK(asked.body()["deciderCount"] == 0);
}

TEST_CASE("Asking is refused for unknown organizations and until the account is known") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto nowhere = guide.acme;
  nowhere.id = OrganizationId::generate();
  CHECK(guide.service.as(guide.thomas)
            .post("/v1/role-requests", body_of(nowhere, Role::staff_user))
            .problem() == "not-found");

  const auto newcomer = guide.service.as(AccountId::generate())
                            .post("/v1/role-requests", body_of(guide.acme, Role::staff_user));
  CHECK(newcomer.problem() == "unavailable");
  CHECK_FALSE(newcomer.header("retry-after").empty());
}

TEST_CASE("A Staff User who is approved as Security Official changes role and stays one member") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request =
      guide.service.role_request(guide.acme, guide.rebecca, Role::security_official);
  CHECK(guide.service.as(guide.rebecca).get(path_of(guide.acme)).body()["yourRole"] == "staffUser");

  REQUIRE(guide.service.as(guide.elizabeth).post(path_of(request, "approve")).status == 200);

  const Json card = guide.service.as(guide.rebecca).get(path_of(guide.acme)).body();
  CHECK(card["yourRole"] == "securityOfficial");
  CHECK(card["connectedUserCount"] == 3);
  CHECK(guide.service.count("SELECT security_official_count FROM organizations WHERE id = '" +
                            guide.acme.id.text() + "'") == 3);
  const auto shown = guide.service.as(guide.rebecca).get(path_of(guide.rebecca_at_acme));
  CHECK(shown.body()["role"] == "securityOfficial");
  CHECK(shown.header("etag") == "\"2\"");
}

TEST_CASE("A Security Official steps down when another one approves, and the count follows") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.florian);

  REQUIRE(guide.service.as(guide.elizabeth).post(path_of(request, "approve")).status == 200);

  CHECK(guide.service.as(guide.florian).get(path_of(guide.acme)).body()["yourRole"] == "staffUser");
  CHECK(guide.service.count("SELECT security_official_count FROM organizations WHERE id = '" +
                            guide.acme.id.text() + "'") == 1);
}

TEST_CASE("The database itself keeps the last Security Official") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto counter = "UPDATE organizations SET security_official_count = 1 WHERE id = '" +
                       guide.acme.id.text() + "'";
  guide.service.value(counter);

  const auto refused = guide.service.as(guide.elizabeth)
                           .post(path_of(guide.florian_at_acme, "remove"), Json::object(),
                                 if_match(guide.florian_at_acme));

  CHECK(refused.problem() == "last-security-official");
  CHECK(refused.body()["supportContact"]["hours"] == "Monday to Friday, 8 a.m. to 8 p.m. ET");
  CHECK(guide.service.as(guide.florian).get(path_of(guide.acme)).status == 200);
  CHECK(guide.service.events().empty());
}

TEST_CASE("The schema itself refuses what must never be") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);
  const auto where_request = " WHERE id = '" + request.id.text() + "'";
  const auto where_member = " WHERE id = '" + guide.rebecca_at_acme.id.text() + "'";

  CHECK_THROWS(
      guide.service.value("UPDATE role_requests SET status = 'approved', closed_at = 1,"
                          " decided_by = requester_id" +
                          where_request));
  CHECK_THROWS(guide.service.value("UPDATE role_requests SET status = 'approved', closed_at = 1" +
                                   where_request));
  CHECK_THROWS(
      guide.service.value("UPDATE role_requests SET status = 'unheard-of'" + where_request));
  CHECK_THROWS(guide.service.role_request(guide.acme, guide.thomas));
  CHECK_THROWS(guide.service.value(
      "UPDATE memberships SET removed_at = 1, removed_by = account_id" + where_member));
  CHECK_THROWS(guide.service.value("UPDATE memberships SET role = 'admin'" + where_member));
  CHECK_THROWS(guide.service.member(guide.acme, guide.rebecca, Role::staff_user));
  CHECK_THROWS(guide.service.value("UPDATE organizations SET security_official_count = -1"));
  CHECK_THROWS(guide.service.value("UPDATE organizations SET security_official_count = 99"));
}

TEST_CASE("A request whose time is over is expired for everybody, and cannot be decided") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);
  guide.service.advance(std::chrono::days(30));
  auto elizabeth = guide.service.as(guide.elizabeth);

  for (const char* action : {"approve", "deny"}) {
    const auto late = elizabeth.post(path_of(request, action));
    CHECK(late.problem() == "role-request-expired");
    CHECK(late.body()["roleRequest"]["status"] == "expired");
  }
  CHECK(elizabeth.get(path_of(request)).body()["status"] == "expired");
  CHECK(elizabeth.get(path_of(request)).body()["allowedActions"].empty());
  CHECK(elizabeth.get("/v1/manage-access").body()["pendingRequestCount"] == 0);
  CHECK(elizabeth.get("/v1/manage-access").body()["pendingRequests"].empty());
  CHECK(elizabeth.get(path_of(guide.acme)).body()["pendingUserCount"] == 0);
  CHECK(elizabeth.get(path_of(guide.acme, "role-requests")).body()["items"].empty());
  CHECK(guide.service.events().empty());
}

TEST_CASE("Requests whose time is over are marked once, and those concerned are told") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto overdue = guide.service.role_request(guide.acme, guide.thomas);
  guide.service.advance(1h);
  const auto in_time = guide.service.role_request(guide.greenville, guide.thomas);
  guide.service.advance(std::chrono::days(30) - 1h);

  CHECK(guide.service.sweep() == 1);
  CHECK(guide.service.sweep() == 0);

  const auto events = guide.service.events();
  REQUIRE(events.size() == 1);
  CHECK(events[0]["type"] == "roleRequest.expired");
  CHECK(events[0]["data"]["roleRequestId"] == overdue.id.text());
  CHECK(events[0]["data"]["securityOfficials"].size() == 2);
  auto thomas = guide.service.as(guide.thomas);
  CHECK(thomas.get(path_of(overdue)).body()["status"] == "expired");
  CHECK(thomas.get(path_of(in_time)).body()["status"] == "pending");
  CHECK(guide.service.as(guide.elizabeth).post(path_of(overdue, "approve")).problem() ==
        "role-request-expired");
}

TEST_CASE("An expired request does not keep a person from asking again, swept or not") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const bool swept = GENERATE(false, true);
  const auto overdue = guide.service.role_request(guide.acme, guide.thomas);
  guide.service.advance(std::chrono::days(30));
  if (swept) guide.service.sweep();
  auto thomas = guide.service.as(guide.thomas);

  CHECK(thomas.post("/v1/role-requests", body_of(guide.acme, Role::staff_user)).status == 201);

  CHECK(thomas.get(path_of(overdue)).body()["status"] == "expired");
  const auto events = guide.service.events();
  REQUIRE(events.size() == 2);
  CHECK(events[0]["type"] == "roleRequest.expired");
  CHECK(events[1]["type"] == "roleRequest.created");
}

TEST_CASE("The first answer to an Idempotency-Key is given again, and acts once") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto thomas = guide.service.as(guide.thomas);
  const Headers key = {{"Idempotency-Key", "first-request-1"}};
  const auto ask = [&](Role role) {
    return thomas.post("/v1/role-requests", body_of(guide.acme, role), key);
  };

  const auto first = ask(Role::staff_user);
  const auto again = ask(Role::staff_user);

  REQUIRE(first.status == 201);
  CHECK(again.status == 201);
  CHECK(again.text == first.text);
  CHECK(again.header("idempotency-replayed") == "true");
  CHECK(guide.service.events().size() == 1);
  CHECK(ask(Role::security_official).problem() == "idempotency-key-reused");
}

TEST_CASE("A refused act changes nothing but the audit, and is refused again by its key") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);
  auto thomas = guide.service.as(guide.thomas);
  const auto organization =
      guide.service.as(guide.elizabeth).get(path_of(guide.acme)).header("etag");
  const Headers key = {{"Idempotency-Key", "own-request-1"}};

  const auto first = thomas.post(path_of(request, "approve"), Json::object(), key);
  const auto again = thomas.post(path_of(request, "approve"), Json::object(), key);

  CHECK(first.problem() == "own-role-request");
  CHECK(again.status == first.status);
  CHECK(guide.service.as(guide.elizabeth).get(path_of(guide.acme)).header("etag") == organization);
  CHECK(guide.service.count("SELECT COUNT(*) FROM audit_entries") == 1);
  CHECK(guide.service.events().empty());
}

namespace {

Json account_event(const std::string& type, const std::string& account, const std::string& name,
                   vocabulary::Timestamp time) {
  return {
      {"specversion", "1.0"},
      {"id", vocabulary::new_uuid()},
      {"source", "/identity"},
      {"type", type},
      {"subject", account},
      {"time", vocabulary::to_text(time)},
      {"datacontenttype", "application/json"},
      {"data", {{"accountId", account}, {"name", name}, {"emailAddress", "someone@example.test"}}}};
}

Answer deliver(Client client, const Json& events) {
  return client.send("POST", "/internal/v1/events", events.dump(),
                     {{"Content-Type", "application/cloudevents-batch+json"}});
}

}  // namespace

TEST_CASE("Account facts are taken once each, and the newest one stays") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto newcomer = AccountId::generate();
  const auto now = guide.service.now();
  const auto verified = account_event("account.verified", newcomer.text(), "Old Name", now);
  const auto changed = account_event("account.changed", newcomer.text(), "New Name", now + 1s);
  const auto stale = account_event("account.changed", newcomer.text(), "Stale Name", now - 1s);

  for (const auto& batch : {Json{verified}, Json{changed, verified}, Json{stale, changed}}) {
    const auto answer = deliver(guide.service.internal(), batch);
    REQUIRE(answer.status == 200);
    for (const Json& result : list_of(answer, "results")) CHECK(result["outcome"] == "taken");
  }

  CHECK(guide.service.as(newcomer).get("/v1/manage-access").body()["name"] == "New Name");
  CHECK(guide.service.count("SELECT COUNT(*) FROM inbox") == 3);
  CHECK(guide.service.as(newcomer)
            .post("/v1/role-requests", body_of(guide.acme, Role::staff_user))
            .status == 201);
}

TEST_CASE("A member who changes name is found and sorted by the new one") {
  Guide guide(GENERATE(from_range(database_kinds())));
  REQUIRE(
      deliver(guide.service.internal(), Json{account_event("account.changed", guide.rebecca.text(),
                                                           "Aaron Zed", guide.service.now() + 1s)})
          .status == 200);
  auto elizabeth = guide.service.as(guide.elizabeth);

  CHECK(elizabeth.get(path_of(guide.acme, "members")).body()["items"][0]["name"] == "Aaron Zed");
  CHECK(elizabeth.get(path_of(guide.acme, "members?search=zed")).body()["items"].size() == 1);
  CHECK(elizabeth.get(path_of(guide.acme, "members?search=rebecca")).body()["items"].empty());
}

TEST_CASE("Events that can never be taken are refused, and only services deliver any") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto now = guide.service.now();
  auto foreign = account_event("account.changed", guide.thomas.text(), "X", now);
  foreign["source"] = "/elsewhere";
  auto no_name = account_event("account.changed", guide.thomas.text(), "X", now);
  no_name["data"].erase("name");
  const Json bad = {foreign, no_name,
                    account_event("account.locked", guide.thomas.text(), "X", now),
                    account_event("account.changed", "nobody", "X", now),
                    account_event("account.changed", guide.thomas.text(), "X\nY", now)};

  for (const Json& event : bad) {
    const auto answer = deliver(guide.service.internal(), Json{event});
    REQUIRE(answer.status == 200);
    CHECK(answer.body()["results"][0]["outcome"] == "refused");
  }

  const auto good = Json{account_event("account.changed", guide.thomas.text(), "X", now + 1s)};
  CHECK(deliver(guide.service.internal("notification"), good).status == 401);
  CHECK(deliver(guide.service.as(guide.thomas), good).status == 404);
  CHECK(guide.service.as(guide.thomas).get("/v1/manage-access").body()["name"] ==
        "Thomas Miller, MD");
}
