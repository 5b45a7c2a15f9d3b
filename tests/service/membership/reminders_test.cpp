#include "membership/reminders.hpp"

#include "support/membership_guide.hpp"

// What people are told by nobody's act: reminders, escalations, digests, advice.
using namespace testing;
using std::chrono::days;

namespace {

std::vector<Json> events_of(MembershipService& service, const std::string& type) {
  std::vector<Json> found;
  for (const Json& event : service.events()) {
    if (event["type"] == type) found.push_back(event);
  }
  return found;
}

std::size_t count_reminders(MembershipService& service) {
  return events_of(service, "roleRequest.reminderDue").size();
}

std::size_t count_escalations(MembershipService& service) {
  return events_of(service, "roleRequest.escalated").size();
}

/// To the next Monday, 13:00 UTC.
void advance_to_digest(MembershipService& service) {
  service.advance(latest_digest({}, service.now()) + std::chrono::weeks(1) - service.now());
}

}  // namespace

TEST_CASE("S24: Officials are reminded after 1, 3 and 7 days, and the service center after 14") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto& service = guide.service;
  const auto request = service.role_request(guide.acme, guide.thomas);
  const auto shown = [&] { return service.as(guide.thomas).get(path_of(request)).body(); };
  CHECK(service.remind() == 0);
  service.advance(23h);
  CHECK(service.remind() == 0);
  CHECK(shown()["lastReminderAt"].is_null());

  service.advance(1h);
  CHECK(service.remind() == 1);
  CHECK(service.remind() == 0);
  const auto reminders = events_of(service, "roleRequest.reminderDue");
  REQUIRE(reminders.size() == 1);
  CHECK(reminders[0]["subject"] == guide.acme.id.text());
  const Json data = reminders[0]["data"];
  CHECK(data["roleRequestId"] == request.id.text());
  CHECK(data["requester"]["name"] == "Thomas Miller, MD");
  CHECK(data["securityOfficials"].get<std::set<std::string>>() ==
        std::set{guide.elizabeth.text(), guide.florian.text()});
  CHECK(data["requestedAt"] == vocabulary::to_text(request.requested_at));
  CHECK(data["expiresAt"] == vocabulary::to_text(request.expires_at));
  CHECK(shown()["lastReminderAt"] == vocabulary::to_text(service.now()));

  service.advance(days(2));
  CHECK(service.remind() == 1);
  service.advance(days(4));
  CHECK(service.remind() == 1);
  CHECK(count_reminders(service) == 3);
  CHECK(count_escalations(service) == 0);
  CHECK(shown()["lastReminderAt"] == vocabulary::to_text(service.now()));
  CHECK_FALSE(shown().contains("escalatedAt"));

  service.advance(days(7));
  CHECK(service.remind() == 1);
  CHECK(count_reminders(service) == 3);
  REQUIRE(count_escalations(service) == 1);
  CHECK(events_of(service, "roleRequest.escalated")[0]["data"]["roleRequestId"] ==
        request.id.text());
  CHECK(shown()["escalatedAt"] == vocabulary::to_text(service.now()));
  service.advance(days(15));
  CHECK(service.remind() == 0);
  CHECK(service.as(guide.elizabeth).get(path_of(request)).header("etag") == "\"1\"");
}

TEST_CASE("S24: A service that was away for days takes the latest step alone") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto& service = guide.service;
  service.role_request(guide.acme, guide.thomas);
  service.advance(days(8));

  CHECK(service.remind() == 1);
  CHECK(service.remind() == 0);
  CHECK(count_reminders(service) == 1);
  service.advance(days(10));
  CHECK(service.remind() == 1);
  CHECK(count_escalations(service) == 1);
}

TEST_CASE("S24: Replicas that sweep at once take each step once") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto& service = guide.service;
  constexpr std::size_t requests = 40;
  for (std::size_t i = 0; i < requests; ++i) {
    const auto person = service.person("Person " + std::to_string(i));
    service.role_request(i % 2 == 0 ? guide.acme : guide.greenville, person);
  }
  service.remind(2);
  service.advance(days(1));
  CHECK(service.remind(4) == requests);
  CHECK(count_reminders(service) == requests);
  service.advance(days(13));
  CHECK(service.remind(4) == requests);
  CHECK(count_escalations(service) == requests);
  const auto digests = events_of(service, "roleRequests.digestDue").size();
  advance_to_digest(service);
  service.remind(4);
  CHECK(events_of(service, "roleRequests.digestDue").size() == digests + 3);
}

TEST_CASE("S24: Nobody is reminded of a request that has ended, however it ended") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto& service = guide.service;
  const auto approved = service.role_request(guide.acme, guide.thomas);
  const auto denied = service.role_request(guide.acme, guide.stranger);
  const auto withdrawn = service.role_request(guide.greenville, guide.thomas);
  const auto superseded = service.role_request(guide.acme, guide.rebecca, Role::security_official);
  auto elizabeth = service.as(guide.elizabeth);
  service.remind();
  REQUIRE(elizabeth.post(path_of(approved, "approve")).status == 200);
  REQUIRE(elizabeth.post(path_of(denied, "deny")).status == 200);
  REQUIRE(service.as(guide.thomas).post(path_of(withdrawn, "withdraw")).status == 200);
  REQUIRE(elizabeth
              .post(path_of(guide.rebecca_at_acme, "remove"), Json::object(),
                    if_match(guide.rebecca_at_acme))
              .status == 200);
  CHECK(service.as(guide.rebecca).get(path_of(superseded)).body()["status"] == "superseded");

  service.advance(days(20));
  CHECK(service.remind() == 0);
  CHECK(count_reminders(service) == 0);
}

TEST_CASE("S24: A request whose time is over is not reminded of, marked or not") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto& service = guide.service;
  service.role_request(guide.acme, guide.thomas);
  service.advance(days(30));
  CHECK(service.remind() == 0);
  CHECK(service.sweep() == 1);
  CHECK(service.remind() == 0);
}

TEST_CASE("S24: A reopened request is reminded of afresh") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto& service = guide.service;
  const auto request = service.role_request(guide.acme, guide.thomas);
  service.advance(days(7));
  REQUIRE(service.remind() == 1);
  REQUIRE(service.as(guide.elizabeth).post(path_of(request, "deny")).status == 200);
  service.advance(days(1));
  service.value(
      "UPDATE role_requests SET status = 'pending', decided_by = NULL, closed_at = NULL"
      " WHERE id = '" +
      request.id.text() + "'");
  service.database().write([&](database::Transaction& transaction) {
    Store(transaction).start_waiting(request, service.now());
  });

  CHECK(service.remind() == 0);
  CHECK(service.as(guide.thomas).get(path_of(request)).body()["lastReminderAt"].is_null());
  service.advance(days(1));
  CHECK(service.remind() == 1);
  CHECK(count_reminders(service) == 2);
}

TEST_CASE("A request that nobody can decide goes to the service center at once") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto& service = guide.service;
  const auto empty = service.organization("Empty Clinic");
  auto thomas = service.as(guide.thomas);

  const auto asked = thomas.post("/v1/role-requests", body_of(empty, Role::security_official));
  REQUIRE(asked.status == 201);
  REQUIRE(service.events().size() == 2);
  CHECK(service.events()[0]["type"] == "roleRequest.created");
  CHECK(service.events()[1]["type"] == "roleRequest.escalated");
  CHECK(service.events()[1]["data"]["requester"]["accountId"] == guide.thomas.text());

  // The only official asks to step down.
  REQUIRE(service.as(guide.rebecca)
              .post("/v1/role-requests", body_of(guide.greenville, Role::staff_user))
              .status == 201);
  CHECK(count_escalations(service) == 2);
  service.advance(days(20));
  CHECK(service.remind() == 0);
}

TEST_CASE("A request goes to the service center when its last possible decider is removed") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto& service = guide.service;
  auto elizabeth = service.as(guide.elizabeth);
  const auto own = service.role_request(guide.acme, guide.elizabeth);  // to step down
  const auto other = service.role_request(guide.acme, guide.thomas);

  REQUIRE(elizabeth
              .post(path_of(guide.florian_at_acme, "remove"), Json::object(),
                    if_match(guide.florian_at_acme))
              .status == 200);

  const auto escalated = events_of(service, "roleRequest.escalated");
  REQUIRE(escalated.size() == 1);
  CHECK(escalated[0]["data"]["roleRequestId"] == own.id.text());
  CHECK(service.as(guide.thomas).get(path_of(other)).body()["deciderCount"] == 1);
  CHECK(service.count("SELECT COUNT(*) FROM audit_entries WHERE outcome = 'escalated'") == 1);
}

TEST_CASE("S23: Who becomes the only Security Official is told so, once per occurrence") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto& service = guide.service;
  const auto advised = [&] { return events_of(service, "organization.singleSecurityOfficial"); };
  auto elizabeth = service.as(guide.elizabeth);

  // One is removed, another steps down, one is promoted: two, one, two, one.
  REQUIRE(elizabeth
              .post(path_of(guide.florian_at_acme, "remove"), Json::object(),
                    if_match(guide.florian_at_acme))
              .status == 200);
  REQUIRE(advised().size() == 1);
  CHECK(advised()[0]["data"] ==
        Json{{"organization", {{"id", guide.acme.id.text()}, {"name", "Acme Clinic, LLC"}}},
             {"accountId", guide.elizabeth.text()}});
  const auto staff = service.role_request(guide.acme, guide.thomas);
  REQUIRE(elizabeth.post(path_of(staff, "approve")).status == 200);
  CHECK(advised().size() == 1);
  const auto second = service.role_request(guide.acme, guide.rebecca, Role::security_official);
  REQUIRE(elizabeth.post(path_of(second, "approve")).status == 200);
  CHECK(advised().size() == 1);
  const auto down = service.role_request(guide.acme, guide.elizabeth);
  REQUIRE(service.as(guide.rebecca).post(path_of(down, "approve")).status == 200);
  REQUIRE(advised().size() == 2);
  CHECK(advised()[1]["data"]["accountId"] == guide.rebecca.text());
}

TEST_CASE("S24: Each official with something to decide gets one digest a week") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto& service = guide.service;
  const auto digests = [&] { return events_of(service, "roleRequests.digestDue"); };
  service.remind();  // the first look starts the weeks
  service.member(guide.greenville, guide.elizabeth, Role::security_official);
  service.role_request(guide.acme, guide.thomas);
  service.role_request(guide.acme, guide.stranger);
  service.role_request(guide.greenville, guide.thomas);
  service.role_request(guide.greenville, guide.florian);
  service.role_request(guide.acme, guide.elizabeth);  // her own is not hers to decide
  advance_to_digest(service);
  service.remind();
  service.remind();

  std::map<std::string, Json> by_account;
  for (const Json& digest : digests()) {
    CHECK(digest["subject"] == digest["data"]["accountId"]);
    CHECK(by_account.emplace(digest["subject"], digest["data"]).second);
  }
  REQUIRE(by_account.size() == 3);
  CHECK(by_account.at(guide.elizabeth.text()) ==
        Json{{"accountId", guide.elizabeth.text()},
             {"pendingCount", 4},
             {"organizationCount", 2},
             {"organizations",
              {{{"id", guide.acme.id.text()}, {"name", "Acme Clinic, LLC"}, {"pendingCount", 2}},
               {{"id", guide.greenville.id.text()},
                {"name", "Greenville Medical Clinic"},
                {"pendingCount", 2}}}}});
  CHECK(by_account.at(guide.florian.text())["pendingCount"] == 3);
  CHECK(by_account.at(guide.rebecca.text())["pendingCount"] == 2);

  service.advance(days(6));
  service.remind();
  CHECK(digests().size() == 3);
  service.advance(days(15));  // away for two digests: one
  service.remind();
  CHECK(digests().size() == 6);
}

TEST_CASE("S24: A digest that was interrupted goes on where it stopped") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto& service = guide.service;
  service.remind();
  std::set<std::string> officials;
  for (int i = 0; i < 7; ++i) {
    const auto official = service.person("Official " + std::to_string(i));
    service.member(guide.acme, official, Role::security_official);
    officials.insert(official.text());
  }
  officials.merge(std::set{guide.elizabeth.text(), guide.florian.text()});
  service.role_request(guide.acme, guide.thomas);
  advance_to_digest(service);
  const auto send_some = [&] {
    return service.database().write([&](database::Transaction& transaction) {
      Store store(transaction);
      return send_digests(store, {}, service.now(), 4);
    });
  };

  CHECK(send_some());
  CHECK(events_of(service, "roleRequests.digestDue").size() == 4);
  service.advance(1h);
  CHECK(send_some());
  CHECK_FALSE(send_some());
  CHECK_FALSE(send_some());
  std::set<std::string> told;
  for (const Json& digest : events_of(service, "roleRequests.digestDue")) {
    CHECK(told.insert(digest["subject"]).second);
  }
  CHECK(told == officials);
}
