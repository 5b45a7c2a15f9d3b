#include "support/membership_guide.hpp"
#include "vocabulary/text.hpp"

// The rows of the guide that this service answers for: S3 to S9, S11 to S14, S17 to S19, S21, S23.
using namespace testing;

TEST_CASE("S3: Manage Access shows name, pending requests, organizations and counts in one call") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);

  const auto answer = guide.service.as(guide.elizabeth).get("/v1/manage-access");

  REQUIRE(answer.status == 200);
  const Json body = answer.body();
  CHECK(body["name"] == "Elizabeth Blackwell");
  CHECK(body["pendingRequestCount"] == 1);
  CHECK(body["pendingRequests"][0]["id"] == request.id.text());
  CHECK(body["organizationCount"] == 1);
  CHECK(body["organizations"][0]["id"] == guide.acme.id.text());
}

TEST_CASE("S3: Manage Access is closed to those who are not signed in, and empty for newcomers") {
  Guide guide(GENERATE(from_range(database_kinds())));

  CHECK(guide.service.anonymous().get("/v1/manage-access").status == 401);
  CHECK(guide.service.with_token("no.such.token").get("/v1/manage-access").status == 401);

  const Json body = guide.service.as(AccountId::generate()).get("/v1/manage-access").body();
  CHECK(body["name"] == "");
  CHECK(body["pendingRequestCount"] == 0);
  CHECK(body["organizations"].empty());
}

TEST_CASE("S4: Pending requests are the own ones and those the caller may decide, everywhere") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto to_decide = guide.service.role_request(guide.acme, guide.thomas);
  guide.service.advance(1s);
  const auto own = guide.service.role_request(guide.greenville, guide.elizabeth);
  guide.service.advance(1s);
  const auto own_here =
      guide.service.role_request(guide.acme, guide.rebecca, Role::security_official);

  const Json body = guide.service.as(guide.elizabeth).get("/v1/manage-access").body();
  REQUIRE(body["pendingRequestCount"] == 3);
  CHECK(body["pendingRequests"][0]["id"] == to_decide.id.text());
  CHECK(body["pendingRequests"][0]["relation"] == "toDecide");
  CHECK(body["pendingRequests"][1]["id"] == own.id.text());
  CHECK(body["pendingRequests"][1]["relation"] == "own");
  CHECK(body["pendingRequests"][2]["id"] == own_here.id.text());

  // Rebecca decides at Greenville and only asks at Acme.
  const Json rebecca = guide.service.as(guide.rebecca).get("/v1/manage-access").body();
  REQUIRE(rebecca["pendingRequestCount"] == 2);
  CHECK(rebecca["pendingRequests"][0]["relation"] == "toDecide");
  CHECK(rebecca["pendingRequests"][1]["relation"] == "own");

  CHECK(guide.service.as(guide.stranger).get("/v1/manage-access").body()["pendingRequestCount"] ==
        0);
}

TEST_CASE("S5: A request to decide shows who asks for what where, and both answers") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);

  const auto answer = guide.service.as(guide.elizabeth).get(path_of(request));

  REQUIRE(answer.status == 200);
  const Json body = answer.body();
  CHECK(body["requester"] ==
        Json{{"accountId", guide.thomas.text()}, {"name", "Thomas Miller, MD"}});
  CHECK(body["organization"] ==
        Json{{"id", guide.acme.id.text()}, {"name", "Acme Clinic, LLC"}, {"type", "practice"}});
  CHECK(body["role"] == "staffUser");
  CHECK(body["allowedActions"] == Json{"approve", "deny"});
  CHECK(answer.header("etag") == "\"1\"");
}

TEST_CASE("S5: Only those who may decide see the request of somebody else") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);
  const auto nowhere = "/v1/role-requests/" + RoleRequestId::generate().text();

  for (const auto& viewer : {guide.rebecca, guide.stranger}) {
    const auto hidden = guide.service.as(viewer).get(path_of(request));
    const auto missing = guide.service.as(viewer).get(nowhere);
    CHECK(hidden.status == 404);
    Json hidden_body = hidden.body(), missing_body = missing.body();
    hidden_body.erase("requestId");
    missing_body.erase("requestId");
    CHECK(hidden_body == missing_body);
  }
}

TEST_CASE("S6: The own request says how many can decide, when it was made and when it expires") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);

  const Json body = guide.service.as(guide.thomas).get(path_of(request)).body();

  CHECK(body["relation"] == "own");
  CHECK(body["status"] == "pending");
  CHECK(body["deciderCount"] == 2);
  CHECK(body["requestedAt"] == vocabulary::to_text(request.requested_at));
  CHECK(body["expiresAt"] == vocabulary::to_text(request.requested_at + std::chrono::days(30)));
  CHECK(body["lastReminderAt"].is_null());
  CHECK(body["decision"].is_null());
  CHECK(body["allowedActions"] == Json{"withdraw"});
}

TEST_CASE("S6: Being a Security Official elsewhere gives no power here") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto own = guide.service.role_request(guide.greenville, guide.elizabeth);
  const auto others = guide.service.role_request(guide.greenville, guide.thomas);
  auto elizabeth = guide.service.as(guide.elizabeth);

  CHECK(elizabeth.get(path_of(own)).body()["allowedActions"] == Json{"withdraw"});
  CHECK(elizabeth.post(path_of(own, "approve")).problem() == "own-role-request");
  CHECK(elizabeth.post(path_of(others, "approve")).status == 404);
  CHECK(elizabeth.get(path_of(guide.greenville)).status == 404);
}

TEST_CASE("S6: The requester withdraws a pending request, once and for all") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);
  auto thomas = guide.service.as(guide.thomas, false);

  const auto first = thomas.post(path_of(request, "withdraw"));
  const auto again = thomas.post(path_of(request, "withdraw"));

  REQUIRE(first.status == 200);
  CHECK(first.body()["status"] == "withdrawn");
  CHECK(first.body()["allowedActions"] == Json::array());
  CHECK(again.status == 200);
  CHECK(again.text == first.text);
  REQUIRE(guide.service.events().size() == 1);
  CHECK(guide.service.events()[0]["type"] == "roleRequest.withdrawn");
  CHECK(guide.service.as(guide.elizabeth).post(path_of(request, "withdraw")).status == 404);
  const auto late = guide.service.as(guide.elizabeth).post(path_of(request, "approve"));
  CHECK(late.problem() == "already-decided");
  CHECK(late.body()["roleRequest"]["status"] == "withdrawn");
}

TEST_CASE("S6: What was decided or has expired is not withdrawn") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto denied = guide.service.role_request(guide.acme, guide.thomas);
  const auto overdue = guide.service.role_request(guide.greenville, guide.thomas);
  REQUIRE(guide.service.as(guide.elizabeth).post(path_of(denied, "deny")).status == 200);
  guide.service.advance(std::chrono::days(30));
  auto thomas = guide.service.as(guide.thomas);

  const auto too_late = thomas.post(path_of(denied, "withdraw"));
  CHECK(too_late.problem() == "already-decided");
  CHECK(too_late.body()["roleRequest"]["decision"]["decidedBy"]["name"] == "Elizabeth Blackwell");
  CHECK(thomas.post(path_of(overdue, "withdraw")).problem() == "role-request-expired");
}

TEST_CASE("S7: Connected organizations are counted by type and filtered by type") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto official = guide.service.person("Nirmal Test");
  REQUIRE(guide.service.import(
              std::string(organization_file_header) + "\n" +
              "apmEntity,A1234,Elig Org 24,000000101,2 Main Street," + official.text() + "\n" +
              "apmEntity,A1235,Elig WI Org 11,000000102,3 Main Street," + official.text() + "\n" +
              "virtualGroup,VG000001,Rural Group,000000103,4 Main Street," + official.text() +
              "\n") == "created 3, updated 0, unchanged 0, granted 3");
  auto client = guide.service.as(official);

  const Json all = client.get("/v1/manage-access").body();
  CHECK(all["organizationCount"] == 3);
  CHECK(all["organizationCountByType"] ==
        Json{{"practice", 0}, {"apmEntity", 2}, {"virtualGroup", 1}, {"registry", 0}});

  const Json entities = client.get("/v1/manage-access?organizationType=apmEntity").body();
  CHECK(entities["organizationCount"] == 3);
  REQUIRE(entities["organizations"].size() == 2);
  CHECK(entities["organizations"][0]["name"] == "Elig Org 24");
  CHECK(entities["organizations"][1]["name"] == "Elig WI Org 11");

  const auto none = client.get("/v1/manage-access?organizationType=registry");
  CHECK(none.status == 200);
  CHECK(none.body()["organizations"].empty());
  const auto wrong = client.get("/v1/manage-access?organizationType=clinic");
  CHECK(wrong.problem() == "invalid-fields");
  CHECK(wrong.body()["errors"][0]["pointer"] == "?organizationType");
}

TEST_CASE("S8: A card shows name, TIN, address and role, the TIN masked for Staff Users") {
  Guide guide(GENERATE(from_range(database_kinds())));

  const auto official = guide.service.as(guide.elizabeth).get(path_of(guide.acme));
  const auto staff = guide.service.as(guide.rebecca).get(path_of(guide.acme));

  REQUIRE(official.status == 200);
  CHECK(official.body()["name"] == "Acme Clinic, LLC");
  CHECK(official.body()["taxpayerIdentificationNumber"] == "000000001");
  CHECK(official.body()["identifier"] == "000000001");
  CHECK(official.body()["address"] == "1 Main Street, Springfield");
  CHECK(official.body()["yourRole"] == "securityOfficial");
  CHECK_FALSE(official.header("etag").empty());
  REQUIRE(staff.status == 200);
  CHECK(staff.body()["taxpayerIdentificationNumber"] == "*****0001");
  CHECK(staff.body()["identifier"] == "*****0001");
  CHECK(staff.body()["yourRole"] == "staffUser");
  CHECK(staff.text.find("000000001") == std::string::npos);
  CHECK(guide.service.as(guide.stranger).get(path_of(guide.acme)).status == 404);
}

TEST_CASE("S9: Security Officials see how many users are connected and pending, Staff Users not") {
  Guide guide(GENERATE(from_range(database_kinds())));
  guide.service.role_request(guide.acme, guide.thomas);

  const Json official = guide.service.as(guide.elizabeth).get(path_of(guide.acme)).body();
  CHECK(official["connectedUserCount"] == 3);
  CHECK(official["pendingUserCount"] == 1);
  CHECK(official["allowedActions"] == Json{"viewUsers", "manageAccess", "editRegistrations",
                                           "viewInformation", "submitData", "completeOptIn",
                                           "viewFeedback"});

  const Json staff = guide.service.as(guide.rebecca).get(path_of(guide.acme)).body();
  CHECK_FALSE(staff.contains("connectedUserCount"));
  CHECK_FALSE(staff.contains("pendingUserCount"));
  CHECK_FALSE(staff.contains("advice"));
  CHECK(staff["allowedActions"] ==
        Json{"viewInformation", "submitData", "completeOptIn", "viewFeedback"});
}

TEST_CASE("S11: An organization is found by type and exact identifier, and asked for a role") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto thomas = guide.service.as(guide.thomas, false);

  const auto found =
      thomas.post("/v1/organizations/find", {{"type", "practice"}, {"identifier", "000000001"}});
  REQUIRE(found.status == 200);
  CHECK(found.body() ==
        Json{{"organization",
              {{"id", guide.acme.id.text()}, {"name", "Acme Clinic, LLC"}, {"type", "practice"}}}});

  const auto asked = thomas.post("/v1/role-requests", body_of(guide.acme, Role::staff_user));
  REQUIRE(asked.status == 201);
  const Json body = asked.body();
  CHECK(asked.header("location") == "/v1/role-requests/" + body["id"].get<std::string>());
  CHECK(asked.header("etag") == "\"1\"");
  CHECK(body["status"] == "pending");
  CHECK(body["relation"] == "own");

  const auto events = guide.service.events();
  REQUIRE(events.size() == 1);
  CHECK(events[0]["type"] == "roleRequest.created");
  CHECK(events[0]["source"] == "/membership");
  CHECK(events[0]["subject"] == guide.acme.id.text());
  const Json data = events[0]["data"];
  CHECK(data["roleRequestId"] == body["id"]);
  CHECK(data["requester"]["name"] == "Thomas Miller, MD");
  CHECK(data["organization"] == Json{{"id", guide.acme.id.text()}, {"name", "Acme Clinic, LLC"}});
  CHECK(data["securityOfficials"].get<std::set<std::string>>() ==
        std::set{guide.elizabeth.text(), guide.florian.text()});
  CHECK(data["decidedBy"].is_null());
  CHECK(data["reason"].is_null());
}

TEST_CASE("S11: Nothing but the exact identifier finds an organization") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto thomas = guide.service.as(guide.thomas);
  const auto find = [&](const char* type, const char* identifier) {
    return thomas.post("/v1/organizations/find", {{"type", type}, {"identifier", identifier}});
  };

  CHECK(find("practice", "000000999").problem() == "organization-not-found");
  const auto prefix = find("practice", "00000000");
  CHECK(prefix.problem() == "invalid-fields");
  CHECK(prefix.body()["errors"][0]["pointer"] == "/identifier");
  CHECK(find("apmEntity", "000000001").problem() == "invalid-fields");
  CHECK(find("clinic", "000000001").body()["errors"][0]["pointer"] == "/type");
}

TEST_CASE("S11: A person searches thirty times an hour, hits and misses alike") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto thomas = guide.service.as(guide.thomas);
  const auto search = [&](Client& client, const char* identifier) {
    return client.post("/v1/organizations/find",
                       {{"type", "practice"}, {"identifier", identifier}});
  };
  for (int i = 0; i < 15; ++i) {
    CHECK(search(thomas, "000000001").status == 200);
    CHECK(search(thomas, "000000999").status == 404);
  }

  guide.service.advance(10min);
  const auto refused = search(thomas, "000000001");
  CHECK(refused.problem() == "too-many-requests");
  CHECK(refused.header("retry-after") == "3000");
  CHECK(search(thomas, "000000999").status == 429);
  auto elizabeth = guide.service.as(guide.elizabeth);
  CHECK(search(elizabeth, "000000001").status == 200);
  guide.service.advance(50min);
  CHECK(search(thomas, "000000001").status == 200);
}

TEST_CASE("S12: Security Officials see the members of their organization by name") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto lower_case = guide.service.person("arthur Bell");
  guide.service.member(guide.acme, lower_case, Role::staff_user);

  const auto answer = guide.service.as(guide.elizabeth).get(path_of(guide.acme, "members"));

  REQUIRE(answer.status == 200);
  const Json items = answer.body()["items"];
  REQUIRE(items.size() == 4);
  CHECK(items[0]["name"] == "arthur Bell");
  CHECK(items[1]["name"] == "Elizabeth Blackwell");
  CHECK(items[1]["you"] == true);
  CHECK(items[1]["role"] == "securityOfficial");
  CHECK(items[2]["name"] == "Florian Parker");
  CHECK(items[2]["etag"] == "\"1\"");
  CHECK(items[2]["id"] == guide.florian_at_acme.id.text());
  CHECK(items[3]["name"] == "Rebecca Lee");
  CHECK(answer.body()["nextCursor"].is_null());
}

TEST_CASE("S12: Members and pending requests are for Security Officials only") {
  Guide guide(GENERATE(from_range(database_kinds())));
  for (const char* list : {"members", "role-requests"}) {
    const auto path = path_of(guide.acme, list);
    CHECK(guide.service.as(guide.rebecca).get(path).problem() == "not-a-security-official");
    CHECK(guide.service.as(guide.stranger).get(path).status == 404);
    CHECK(guide.service.anonymous().get(path).status == 401);
  }
  CHECK(guide.service.count(
            "SELECT COUNT(*) FROM audit_entries WHERE outcome = 'not-a-security-official'"
            " AND actor = '" +
            guide.rebecca.text() + "'") == 2);
}

TEST_CASE("S12: Members are searched by any part of the name, in any case, without wildcards") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto percent = guide.service.person("100% Sure_Name!");
  guide.service.member(guide.acme, percent, Role::staff_user);
  auto elizabeth = guide.service.as(guide.elizabeth);
  const auto found = [&](const std::string& search) {
    std::vector<std::string> names;
    const Json body = elizabeth.get(path_of(guide.acme, "members?search=" + search)).body();
    for (const Json& item : body["items"]) names.push_back(item["name"]);
    return names;
  };
  using Names = std::vector<std::string>;

  CHECK(found("LEE") == Names{"Rebecca Lee"});
  CHECK(found("a%20l") == Names{"Rebecca Lee"});
  CHECK(found("%25") == Names{"100% Sure_Name!"});
  CHECK(found("_") == Names{"100% Sure_Name!"});
  CHECK(found("!") == Names{"100% Sure_Name!"});
  CHECK(found("nobody").empty());
}

TEST_CASE("S12: Twenty-two members are read page by page, each once, while others come and go") {
  Guide guide(GENERATE(from_range(database_kinds())));
  std::set<std::string> expected = {guide.elizabeth.text(), guide.florian.text(),
                                    guide.rebecca.text()};
  for (int i = 0; i < 19; ++i) {
    const auto person = guide.service.person("Same Name");
    guide.service.member(guide.acme, person, Role::staff_user);
    expected.insert(person.text());
  }
  auto elizabeth = guide.service.as(guide.elizabeth);

  std::set<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    const auto page = elizabeth.get(
        path_of(guide.acme, "members?limit=5" + (cursor.empty() ? "" : "&cursor=" + cursor)));
    REQUIRE(page.status == 200);
    for (const Json& item : list_of(page)) CHECK(seen.insert(item["accountId"]).second);
    const Json next = page.body()["nextCursor"];
    cursor = next.is_null() ? "" : next.get<std::string>();
    if (++pages == 2) {
      const auto early = guide.service.person("AAA");
      guide.service.member(guide.acme, early, Role::staff_user);
    }
  } while (!cursor.empty());

  CHECK(pages == 5);
  CHECK(seen == expected);
}

TEST_CASE("S12: Twenty thousand members are read to the end, each once, and searched") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const std::string others =
      "WITH RECURSIVE numbers(i) AS"
      " (SELECT 4 UNION ALL SELECT i + 1 FROM numbers WHERE i < 20000),"
      " others(id, name) AS"
      " (SELECT '00000000-0000-7000-8000-' || substr(CAST(1000000000000 + i AS TEXT), 2),"
      "         'Person ' || CAST(i * 7919 % 20000 AS TEXT) FROM numbers)";
  guide.service.value(
      others + " INSERT INTO accounts (id, name, changed_at) SELECT id, name, 0 FROM others");
  guide.service.value(others +
                      " INSERT INTO memberships"
                      "  (id, account_id, account_name_key, organization_id, role, granted_at)"
                      " SELECT id, id, lower(name), '" +
                      guide.acme.id.text() + "', 'staffUser', 0 FROM others");
  guide.service.value("UPDATE organizations SET member_count = 20000 WHERE id = '" +
                      guide.acme.id.text() + "'");
  auto elizabeth = guide.service.as(guide.elizabeth);

  std::set<std::string> seen;
  std::string last_name, query;
  do {
    const auto page = elizabeth.get(path_of(guide.acme, "members?limit=200" + query));
    REQUIRE(page.status == 200);
    for (const Json& item : list_of(page)) {
      const auto name = vocabulary::fold_case(item["name"].get<std::string>());
      REQUIRE(last_name <= name);
      last_name = name;
      REQUIRE(seen.insert(item["id"]).second);
    }
    const Json next = page.body()["nextCursor"];
    query = next.is_null() ? "" : "&cursor=" + next.get<std::string>();
  } while (!query.empty());

  CHECK(seen.size() == 20'000);
  CHECK(list_of(elizabeth.get(path_of(guide.acme, "members?search=son%2019999"))).size() == 1);
  CHECK(elizabeth.get(path_of(guide.acme)).body()["connectedUserCount"] == 20'000);
}

TEST_CASE("S12: Pending requests of an organization are read oldest first, page by page") {
  Guide guide(GENERATE(from_range(database_kinds())));
  std::vector<std::string> expected;
  for (int i = 0; i < 5; ++i) {
    const auto person = guide.service.person("Person " + std::to_string(i));
    expected.push_back(guide.service.role_request(guide.acme, person).id.text());
    if (i % 2 == 1) guide.service.advance(1ms);
  }
  guide.service.role_request(guide.greenville, guide.thomas);
  auto elizabeth = guide.service.as(guide.elizabeth);

  std::vector<std::string> seen;
  std::string cursor;
  do {
    const auto page = elizabeth.get(
        path_of(guide.acme, "role-requests?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor)));
    REQUIRE(page.status == 200);
    for (const Json& item : list_of(page)) seen.push_back(item["id"]);
    const Json next = page.body()["nextCursor"];
    cursor = next.is_null() ? "" : next.get<std::string>();
  } while (!cursor.empty());

  CHECK(seen == expected);
}

TEST_CASE("S12: A cursor is good for the list it came from only") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto rebecca = guide.service.as(guide.rebecca);
  auto elizabeth = guide.service.as(guide.elizabeth);
  const std::string cursor =
      elizabeth.get(path_of(guide.acme, "members?limit=1")).body()["nextCursor"];
  const auto refused = [](Client& client, const std::string& path) {
    const auto answer = client.get(path);
    CHECK(answer.problem() == "invalid-fields");
    CHECK(answer.body()["errors"][0]["pointer"] == "?cursor");
  };

  CHECK(elizabeth.get(path_of(guide.acme, "members?cursor=" + cursor)).status == 200);
  refused(elizabeth, path_of(guide.acme, "members?search=e&cursor=" + cursor));
  refused(elizabeth, path_of(guide.acme, "role-requests?cursor=" + cursor));
  refused(rebecca, path_of(guide.greenville, "members?cursor=" + cursor));
  refused(elizabeth, path_of(guide.acme, "members?cursor=" + cursor.substr(1)));
  refused(elizabeth, path_of(guide.acme, "members?cursor=x"));
  auto changed = cursor;
  changed[changed.size() / 2] = changed[changed.size() / 2] == 'A' ? 'B' : 'A';
  refused(elizabeth, path_of(guide.acme, "members?cursor=" + changed));
  CHECK(elizabeth.get(path_of(guide.acme, "members?limit=201")).problem() == "invalid-fields");
  CHECK(elizabeth.get(path_of(guide.acme, "members?limit=0")).problem() == "invalid-fields");
  CHECK(elizabeth.get(path_of(guide.acme, "members?page=2")).problem() == "invalid-fields");
}

TEST_CASE("S13: Approving makes the requester a member, at once and for all to see") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);

  const auto answer =
      guide.service.as(guide.elizabeth).post(path_of(request, "approve"), {{"reason", "Welcome."}});

  REQUIRE(answer.status == 200);
  const Json body = answer.body();
  CHECK(body["status"] == "approved");
  CHECK(
      body["decision"] ==
      Json{{"verdict", "approved"},
           {"decidedBy", {{"accountId", guide.elizabeth.text()}, {"name", "Elizabeth Blackwell"}}},
           {"decidedAt", vocabulary::to_text(guide.service.now())},
           {"reason", "Welcome."}});
  CHECK(body["allowedActions"] == Json::array());
  CHECK(answer.header("etag") == "\"2\"");
  const Json card = guide.service.as(guide.thomas).get(path_of(guide.acme)).body();
  CHECK(card["yourRole"] == "staffUser");
  CHECK(guide.service.as(guide.elizabeth).get(path_of(guide.acme)).body()["connectedUserCount"] ==
        4);

  const auto events = guide.service.events();
  REQUIRE(events.size() == 1);
  CHECK(events[0]["type"] == "roleRequest.approved");
  CHECK(events[0]["data"]["decidedBy"]["accountId"] == guide.elizabeth.text());
  CHECK(events[0]["data"]["reason"] == "Welcome.");
  CHECK(guide.service.count(
            "SELECT COUNT(*) FROM audit_entries WHERE operation = 'approveRoleRequest'"
            " AND outcome = 'approved' AND actor = '" +
            guide.elizabeth.text() + "'") == 1);
}

TEST_CASE("S13: Denying leaves the requester outside") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);

  const auto answer = guide.service.as(guide.elizabeth).post(path_of(request, "deny"));

  REQUIRE(answer.status == 200);
  CHECK(answer.body()["status"] == "denied");
  CHECK(answer.body()["decision"]["reason"].is_null());
  CHECK(guide.service.as(guide.thomas).get(path_of(guide.acme)).status == 404);
  CHECK(guide.service.as(guide.thomas).get(path_of(request)).body()["status"] == "denied");
  REQUIRE(guide.service.events().size() == 1);
  CHECK(guide.service.events()[0]["type"] == "roleRequest.denied");
}

TEST_CASE("S13: The first decider wins, and the other learns who decided and when") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);
  REQUIRE(guide.service.as(guide.elizabeth).post(path_of(request, "approve")).status == 200);
  const auto decided_at = vocabulary::to_text(guide.service.now());
  guide.service.advance(1h);

  for (const char* action : {"approve", "deny"}) {
    const auto late = guide.service.as(guide.florian).post(path_of(request, action));
    CHECK(late.problem() == "already-decided");
    const Json decision = late.body()["roleRequest"]["decision"];
    CHECK(decision["decidedBy"]["name"] == "Elizabeth Blackwell");
    CHECK(decision["decidedAt"] == decided_at);
  }
  CHECK(guide.service.as(guide.elizabeth).post(path_of(request, "deny")).problem() ==
        "already-decided");
  CHECK(guide.service.events().size() == 1);
}

TEST_CASE("S13: The same decision by the same decider again answers the same and does nothing") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);
  auto elizabeth = guide.service.as(guide.elizabeth);
  const auto first = elizabeth.post(path_of(request, "approve"), {{"reason", "Welcome."}});
  const auto organization = elizabeth.get(path_of(guide.acme)).header("etag");
  const auto audit = guide.service.count("SELECT COUNT(*) FROM audit_entries");
  guide.service.advance(1h);

  const auto again = elizabeth.post(path_of(request, "approve"), {{"reason", "Welcome."}});

  CHECK(again.status == 200);
  CHECK(again.text == first.text);
  CHECK(again.header("etag") == first.header("etag"));
  CHECK(elizabeth.get(path_of(guide.acme)).header("etag") == organization);
  CHECK(guide.service.events().size() == 1);
  CHECK(guide.service.count("SELECT COUNT(*) FROM audit_entries") == audit);

  auto florian = guide.service.as(guide.florian);
  REQUIRE(florian
              .post(path_of(guide.elizabeth_at_acme, "remove"), Json::object(),
                    if_match(guide.elizabeth_at_acme))
              .status == 200);
  CHECK(elizabeth.post(path_of(request, "approve"), {{"reason", "Welcome."}}).status == 404);
}

TEST_CASE("S13: Who may not decide is told no more than they may know, and it is on record") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);

  for (const char* action : {"approve", "deny"}) {
    const auto path = path_of(request, action);
    CHECK(guide.service.as(guide.rebecca).post(path).problem() == "not-a-security-official");
    CHECK(guide.service.as(guide.stranger).post(path).problem() == "not-found");
    CHECK(guide.service.as(guide.elizabeth, false).post(path).problem() ==
          "second-factor-too-weak");
    CHECK(guide.service.anonymous().post(path).status == 401);
  }
  CHECK(guide.service.events().empty());
  CHECK(guide.service.count(
            "SELECT COUNT(*) FROM audit_entries WHERE outcome = 'not-a-security-official'"
            " AND subject_id = '" +
            request.id.text() + "' AND actor = '" + guide.rebecca.text() + "'") == 2);
  CHECK(guide.service.count(
            "SELECT COUNT(*) FROM audit_entries WHERE outcome = 'second-factor-too-weak'"
            " AND subject_id = '" +
            request.id.text() + "' AND actor = '" + guide.elizabeth.text() + "'") == 2);
  CHECK(guide.service.count("SELECT COUNT(*) FROM audit_entries") == 4);
  CHECK(guide.service.as(guide.elizabeth).get(path_of(request)).header("etag") == "\"1\"");
}

TEST_CASE("S13: A decision or withdrawal that saw another version is refused") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);
  auto elizabeth = guide.service.as(guide.elizabeth);

  const Headers another_version = {{"If-Match", "\"9\""}};
  for (const char* verb : {"approve", "deny"}) {
    CHECK(elizabeth.post(path_of(request, verb), Json::object(), another_version).problem() ==
          "precondition-failed");
  }
  CHECK(guide.service.as(guide.thomas)
            .post(path_of(request, "withdraw"), Json::object(), another_version)
            .problem() == "precondition-failed");
  CHECK(
      elizabeth.post(path_of(request, "approve"), Json::object(), {{"If-Match", "\"1\""}}).status ==
      200);
}

TEST_CASE("S13: A malformed decision names what is wrong with it") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);
  auto elizabeth = guide.service.as(guide.elizabeth);
  const auto path = path_of(request, "approve");

  const auto too_long = elizabeth.post(path, {{"reason", std::string(501, 'x')}});
  CHECK(too_long.problem() == "invalid-fields");
  CHECK(too_long.body()["errors"][0]["pointer"] == "/reason");
  CHECK(elizabeth.post(path, {{"reason", 7}}).problem() == "invalid-fields");
  CHECK(elizabeth.post(path, {{"verdict", "denied"}}).body()["errors"][0]["pointer"] == "/verdict");
  CHECK(elizabeth.send("POST", path, "[]", {{"Content-Type", "application/json"}}).status == 400);
  CHECK(elizabeth.send("POST", path, "{", {{"Content-Type", "application/json"}}).status == 400);
  CHECK(elizabeth.send("POST", path, "{}", {{"Content-Type", "text/plain"}}).status == 415);
  CHECK(guide.service.events().empty());
  CHECK(elizabeth.send("POST", path, "", {}).status == 200);
}

TEST_CASE("S14: Nobody decides their own request, Security Officials who ask again included") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto by_newcomer = guide.service.role_request(guide.acme, guide.thomas);
  const auto by_member =
      guide.service.role_request(guide.acme, guide.rebecca, Role::security_official);
  const auto by_official = guide.service.role_request(guide.acme, guide.elizabeth);

  for (const auto& request : {by_newcomer, by_member, by_official}) {
    for (const char* action : {"approve", "deny"}) {
      CHECK(guide.service.as(request.requester).post(path_of(request, action)).problem() ==
            "own-role-request");
    }
  }
  CHECK(guide.service.events().empty());
  CHECK(guide.service.count(
            "SELECT COUNT(*) FROM audit_entries WHERE outcome = 'own-role-request'") == 6);
}

TEST_CASE("S17: A denied person asks again at once, and history keeps every decision") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto thomas = guide.service.as(guide.thomas);
  auto elizabeth = guide.service.as(guide.elizabeth);
  const auto ask = [&] {
    return thomas.post("/v1/role-requests", body_of(guide.acme, Role::staff_user));
  };
  const auto decide = [&](const Json& request, const std::string& action) {
    return elizabeth.post("/v1/role-requests/" + request["id"].get<std::string>() + "/" + action);
  };

  const Json first = ask().body();
  REQUIRE(decide(first, "deny").status == 200);
  const auto second = ask();
  REQUIRE(second.status == 201);
  CHECK(second.body()["id"] != first["id"]);
  CHECK(decide(second.body(), "approve").status == 200);
  CHECK(thomas.get("/v1/role-requests/" + first["id"].get<std::string>()).body()["status"] ==
        "denied");
}

TEST_CASE("S18: A Security Official removes Staff Users and other Security Officials") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto elizabeth = guide.service.as(guide.elizabeth);

  const auto staff =
      elizabeth.post(path_of(guide.rebecca_at_acme, "remove"), {{"reason", "Left the clinic."}},
                     if_match(guide.rebecca_at_acme));
  REQUIRE(staff.status == 200);
  CHECK(staff.body()["membership"]["removedAt"] == vocabulary::to_text(guide.service.now()));
  CHECK(staff.body()["membership"]["allowedActions"].empty());
  const auto official = elizabeth.post(path_of(guide.florian_at_acme, "remove"), Json::object(),
                                       if_match(guide.florian_at_acme));
  REQUIRE(official.status == 200);

  const auto events = guide.service.events();
  REQUIRE(events.size() == 3);
  CHECK(events[0]["type"] == "membership.removed");
  CHECK(events[2]["type"] == "organization.singleSecurityOfficial");
  CHECK(events[0]["subject"] == guide.acme.id.text());
  const Json data = events[0]["data"];
  CHECK(data["membershipId"] == guide.rebecca_at_acme.id.text());
  CHECK(data["member"] == Json{{"accountId", guide.rebecca.text()}, {"name", "Rebecca Lee"}});
  CHECK(data["role"] == "staffUser");
  CHECK(data["removedBy"]["name"] == "Elizabeth Blackwell");
  CHECK(data["reason"] == "Left the clinic.");
  CHECK(data["securityOfficials"].get<std::set<std::string>>() ==
        std::set{guide.elizabeth.text(), guide.florian.text()});
  CHECK(events[1]["data"]["securityOfficials"] == Json{guide.elizabeth.text()});
}

TEST_CASE("S18: Removal acts at once, whatever token the removed person holds") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);
  auto florian = guide.service.as(guide.florian);
  REQUIRE(florian.get(path_of(guide.acme, "members")).status == 200);
  REQUIRE(guide.service.as(guide.elizabeth)
              .post(path_of(guide.florian_at_acme, "remove"), Json::object(),
                    if_match(guide.florian_at_acme))
              .status == 200);

  CHECK(florian.get(path_of(guide.acme)).status == 404);
  CHECK(florian.get(path_of(guide.acme, "members")).status == 404);
  CHECK(florian.get(path_of(guide.florian_at_acme)).status == 404);
  CHECK(florian.get(path_of(request)).status == 404);
  CHECK(florian.post(path_of(request, "approve")).status == 404);
  CHECK(florian
            .post(path_of(guide.elizabeth_at_acme, "remove"), Json::object(),
                  if_match(guide.elizabeth_at_acme))
            .status == 404);
  CHECK(florian.get("/v1/manage-access").body()["organizationCount"] == 0);
}

TEST_CASE("S18: Removal needs If-Match of what was shown, and cancelling sends nothing") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto elizabeth = guide.service.as(guide.elizabeth);
  const auto path = path_of(guide.rebecca_at_acme, "remove");

  CHECK(elizabeth.post(path).problem() == "precondition-required");
  CHECK(elizabeth.post(path, Json::object(), {{"If-Match", "1"}}).status == 400);
  CHECK(elizabeth.post(path, Json::object(), {{"If-Match", "\"2\""}}).problem() ==
        "precondition-failed");
  CHECK(guide.service.events().empty());

  // What was shown was a Staff User; by now it is a Security Official.
  const auto request =
      guide.service.role_request(guide.acme, guide.rebecca, Role::security_official);
  REQUIRE(elizabeth.post(path_of(request, "approve")).status == 200);
  CHECK(elizabeth.post(path, Json::object(), if_match(guide.rebecca_at_acme)).problem() ==
        "precondition-failed");
  const auto shown = elizabeth.get(path_of(guide.rebecca_at_acme));
  CHECK(shown.body()["allowedActions"] == Json{"remove"});
  CHECK(elizabeth.post(path, Json::object(), {{"If-Match", shown.header("etag")}}).status == 200);
}

TEST_CASE("S18: Removing again is refused, never a silent success") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto elizabeth = guide.service.as(guide.elizabeth);
  const auto path = path_of(guide.rebecca_at_acme, "remove");
  REQUIRE(elizabeth.post(path, Json::object(), if_match(guide.rebecca_at_acme)).status == 200);

  CHECK(elizabeth.post(path, Json::object(), if_match(guide.rebecca_at_acme)).problem() ==
        "already-removed");
  CHECK(elizabeth.post(path, Json::object(), {{"If-Match", "*"}}).problem() == "already-removed");
  CHECK(guide.service.events().size() == 1);
}

TEST_CASE("S18: Staff Users and strangers remove nobody") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto path = path_of(guide.florian_at_acme, "remove");
  const auto version = if_match(guide.florian_at_acme);

  CHECK(guide.service.as(guide.rebecca).post(path, Json::object(), version).problem() ==
        "not-a-security-official");
  CHECK(guide.service.as(guide.stranger).post(path, Json::object(), version).status == 404);
  CHECK(guide.service.as(guide.elizabeth, false).post(path, Json::object(), version).problem() ==
        "second-factor-too-weak");
  CHECK(guide.service.as(guide.stranger).get(path_of(guide.florian_at_acme)).status == 404);
  CHECK(guide.service.as(guide.rebecca).get(path_of(guide.florian_at_acme)).status == 404);
  CHECK(guide.service.count("SELECT COUNT(*) FROM audit_entries") == 2);
}

TEST_CASE("S18: A removed person's pending request there is superseded, and they may ask again") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto here = guide.service.role_request(guide.acme, guide.rebecca, Role::security_official);
  const auto elsewhere = guide.service.role_request(guide.greenville, guide.thomas);
  auto elizabeth = guide.service.as(guide.elizabeth);
  auto rebecca = guide.service.as(guide.rebecca);

  REQUIRE(elizabeth
              .post(path_of(guide.rebecca_at_acme, "remove"), Json::object(),
                    if_match(guide.rebecca_at_acme))
              .status == 200);

  CHECK(rebecca.get(path_of(here)).body()["status"] == "superseded");
  CHECK(rebecca.get(path_of(elsewhere)).body()["status"] == "pending");
  CHECK(elizabeth.post(path_of(here, "approve")).problem() == "already-decided");
  const auto events = guide.service.events();
  REQUIRE(events.size() == 2);
  CHECK(events[0]["type"] == "roleRequest.superseded");
  CHECK(events[1]["type"] == "membership.removed");
  CHECK(rebecca.post("/v1/role-requests", body_of(guide.acme, Role::staff_user)).status == 201);
}

TEST_CASE("S19: Nobody removes themself, and the own row offers no such action") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto elizabeth = guide.service.as(guide.elizabeth);

  CHECK(elizabeth
            .post(path_of(guide.elizabeth_at_acme, "remove"), Json::object(),
                  if_match(guide.elizabeth_at_acme))
            .problem() == "own-membership");
  CHECK(guide.service.as(guide.rebecca)
            .post(path_of(guide.rebecca_at_acme, "remove"), Json::object(),
                  if_match(guide.rebecca_at_acme))
            .problem() == "own-membership");
  CHECK(elizabeth.get(path_of(guide.elizabeth_at_acme)).body()["allowedActions"].empty());
  for (const Json& item : list_of(elizabeth.get(path_of(guide.acme, "members")))) {
    CHECK(item["allowedActions"].empty() == item["you"].get<bool>());
  }
  CHECK(guide.service.count(
            "SELECT COUNT(*) FROM audit_entries WHERE outcome = 'own-membership'") == 2);
}

TEST_CASE("S21: The answer to a removal carries the organization's fresh counts") {
  Guide guide(GENERATE(from_range(database_kinds())));
  guide.service.role_request(guide.acme, guide.thomas);

  const Json organization = guide.service.as(guide.elizabeth)
                                .post(path_of(guide.florian_at_acme, "remove"), Json::object(),
                                      if_match(guide.florian_at_acme))
                                .body()["organization"];

  CHECK(organization["connectedUserCount"] == 2);
  CHECK(organization["pendingUserCount"] == 1);
  CHECK(organization["advice"] == Json{"singleSecurityOfficial"});
}

TEST_CASE("S23: Security Officials are not limited in number, and a single one is advised of it") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto rebecca = guide.service.as(guide.rebecca);
  CHECK(rebecca.get(path_of(guide.greenville)).body()["advice"] == Json{"singleSecurityOfficial"});

  for (int i = 0; i < 12; ++i) {
    const auto person = guide.service.person("Official " + std::to_string(i));
    const auto request =
        guide.service.role_request(guide.greenville, person, Role::security_official);
    REQUIRE(rebecca.post(path_of(request, "approve")).status == 200);
  }

  const Json card = rebecca.get(path_of(guide.greenville)).body();
  CHECK(card["connectedUserCount"] == 13);
  CHECK(card["advice"] == Json::array());
  CHECK(guide.service.count("SELECT security_official_count FROM organizations WHERE id = '" +
                            guide.greenville.id.text() + "'") == 13);
}
