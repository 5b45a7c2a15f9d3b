#include <random>

#include "membership/storage/store.hpp"
#include "support/membership_guide.hpp"

// Lists at size, their filters and cursors, and the numbers that are kept beside them.
using namespace testing;
using std::chrono::days;

namespace {

using Names = std::vector<std::string>;

std::vector<Store::Miscount> miscounts_of(MembershipService& service) {
  return service.database().read(
      [](database::Transaction& transaction) { return Store(transaction).list_miscounts(); });
}

void check_that_lists_agree(MembershipService& service, const AccountId& account) {
  const auto now = service.now();
  service.database().read([&](database::Transaction& transaction) {
    Store store(transaction);
    const auto all = store.find_all_of(account, now, 200);
    REQUIRE(all);
    CHECK(all->name == store.find_account_name(account));
    CHECK(all->pending == store.list_pending(account, now, 200).requests);
    CHECK(all->cards == store.list_cards(account, std::nullopt, now, 200));
    if (!all->cards.empty() || !all->pending.empty()) {
      CHECK_FALSE(store.find_all_of(account, now, 1));
    }
  });
}

/// People 1 to `count` with ids that sort like their numbers; names are spread over the alphabet.
void add_people(MembershipService& service, int count) {
  service.value(
      "WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < " +
      std::to_string(count) +
      ") INSERT INTO accounts (id, name, name_key, changed_at)"
      " SELECT '00000000-0000-7000-8000-' || substr(CAST(1000000000000 + i AS TEXT), 2),"
      "        'Person ' || CAST(i * 7919 % 100000 AS TEXT),"
      "        'person ' || CAST(i * 7919 % 100000 AS TEXT), 1 FROM numbers");
}

// All of them; the service center's account, which is older, is none of them.
const std::string people = " FROM accounts WHERE id LIKE '00000000-%' AND changed_at = 1";

void add_members(MembershipService& service, const Organization& organization) {
  service.value(
      "INSERT INTO memberships (id, account_id, account_name_key, organization_id, role,"
      " granted_at) SELECT id, id, name_key, '" +
      organization.id.text() + "', 'staffUser', 1" + people);
}

void add_requests(MembershipService& service, const Organization& organization) {
  const auto at = std::to_string(vocabulary::to_unix(service.now()));
  service.value(
      "INSERT INTO role_requests (id, requester_id, organization_id, role, requested_at,"
      " expires_at, status) SELECT id, id, '" +
      organization.id.text() + "', 'staffUser', " + at + " - length(name), " + at +
      " + 86400000, 'pending'" + people);
}

void recount(MembershipService& service) {
  service.value(
      "UPDATE organizations SET"
      " member_count = (SELECT COUNT(*) FROM memberships m"
      "   WHERE m.organization_id = organizations.id AND m.removed_at IS NULL),"
      " pending_count = (SELECT COUNT(*) FROM role_requests r"
      "   WHERE r.organization_id = organizations.id AND r.status = 'pending')");
  REQUIRE(miscounts_of(service).empty());
}

/// Every item of a list, page by page; `between` runs behind each page. No page may take long.
template <class Between>
std::vector<Json> walk(Client& client, const std::string& path, Between between) {
  std::vector<Json> items;
  std::string cursor;
  do {
    const auto started = std::chrono::steady_clock::now();
    const auto page = client.get(path + (cursor.empty() ? "" : "&cursor=" + cursor));
    REQUIRE(page.status == 200);
    CHECK(std::chrono::steady_clock::now() - started < 5s);
    for (const Json& item : list_of(page)) items.push_back(item);
    const Json next = page.body()["nextCursor"];
    cursor = next.is_null() ? "" : next.get<std::string>();
    between(items);
  } while (!cursor.empty());
  return items;
}

Names names_of(const Answer& page) {
  Names names;
  for (const Json& item : list_of(page)) {
    names.push_back(item.contains("requester") ? item["requester"]["name"] : item["name"]);
  }
  return names;
}

}  // namespace

TEST_CASE("S12: Members are filtered by role and by when they were granted it") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto before = vocabulary::to_text(guide.service.now());
  guide.service.advance(1h);
  guide.service.member(guide.acme, guide.thomas, Role::staff_user);
  auto elizabeth = guide.service.as(guide.elizabeth);
  const auto found = [&](const std::string& query) {
    return names_of(elizabeth.get(path_of(guide.acme, "members?" + query)));
  };

  CHECK(found("role=securityOfficial") == Names{"Elizabeth Blackwell", "Florian Parker"});
  CHECK(found("role=staffUser") == Names{"Rebecca Lee", "Thomas Miller, MD"});
  CHECK(found("role=staffUser&search=lee") == Names{"Rebecca Lee"});
  CHECK(found("grantedAfter=" + before) == Names{"Thomas Miller, MD"});
  CHECK(found("grantedBefore=" + before).empty());
  CHECK(found("role=staffUser&grantedBefore=" + vocabulary::to_text(guide.service.now())) ==
        Names{"Rebecca Lee"});
  for (const char* wrong : {"role", "grantedAfter", "grantedBefore"}) {
    const auto answer = elizabeth.get(path_of(guide.acme, "members?" + std::string(wrong) + "=x"));
    CHECK(answer.problem() == "invalid-fields");
    CHECK(answer.body()["errors"][0]["pointer"] == "?" + std::string(wrong));
  }
}

TEST_CASE("S12: Role requests are filtered by status, name, role and age") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto& service = guide.service;
  const auto made = [&](const char* name, Role role = Role::staff_user) {
    service.advance(1h);
    return service.role_request(guide.acme, service.person(name), role);
  };
  const auto denied = made("Denied Person");
  const auto approved = made("Approved Person");
  const auto first = made("Ann First");
  made("Bob SECOND", Role::security_official);
  service.role_request(guide.acme, AccountId::generate());  // whose name is not known
  auto elizabeth = service.as(guide.elizabeth);
  REQUIRE(elizabeth.post(path_of(denied, "deny")).status == 200);
  REQUIRE(elizabeth.post(path_of(approved, "approve")).status == 200);
  const auto found = [&](const std::string& query) {
    return names_of(elizabeth.get(path_of(guide.acme, "role-requests?" + query)));
  };

  CHECK(found("") == Names{"Ann First", "Bob SECOND", ""});
  CHECK(found("status=pending") == found(""));
  CHECK(found("status=denied") == Names{"Denied Person"});
  CHECK(found("status=approved") == Names{"Approved Person"});
  CHECK(found("status=withdrawn").empty());
  CHECK(found("role=securityOfficial") == Names{"Bob SECOND"});
  CHECK(found("search=second") == Names{"Bob SECOND"});
  CHECK(found("search=%25").empty());
  const auto at = vocabulary::to_text(first.requested_at);
  CHECK(found("requestedAfter=" + at) == Names{"Bob SECOND", ""});
  CHECK(found("requestedBefore=" + at).empty());
  CHECK(found("status=denied&requestedBefore=" + at) == Names{"Denied Person"});
  for (const char* wrong : {"status", "role", "requestedAfter", "requestedBefore"}) {
    const auto answer =
        elizabeth.get(path_of(guide.acme, "role-requests?" + std::string(wrong) + "=x"));
    CHECK(answer.problem() == "invalid-fields");
    CHECK(answer.body()["errors"][0]["pointer"] == "?" + std::string(wrong));
  }

  service.advance(days(31));
  CHECK(names_of(service.as(guide.elizabeth).get(path_of(guide.acme, "role-requests"))).empty());
  REQUIRE(service.sweep() == 3);
  CHECK(names_of(
            service.as(guide.elizabeth).get(path_of(guide.acme, "role-requests?status=expired"))) ==
        Names{"Ann First", "Bob SECOND", ""});
}

TEST_CASE("S12: A cursor belongs to its caller and its query") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto& service = guide.service;
  service.member(guide.greenville, guide.elizabeth, Role::security_official);
  service.role_request(guide.acme, guide.thomas);
  service.role_request(guide.acme, guide.stranger);
  auto elizabeth = service.as(guide.elizabeth);
  auto florian = service.as(guide.florian);
  const auto refused = [](const Answer& answer) {
    return answer.problem() == "invalid-fields" &&
           answer.body()["errors"][0]["pointer"] == "?cursor";
  };

  for (const std::string list : {"members", "role-requests"}) {
    const auto path = path_of(guide.acme, list + "?limit=1");
    const std::string cursor = elizabeth.get(path).body()["nextCursor"];
    const auto next = "&cursor=" + cursor;
    CHECK(elizabeth.get(path + next).status == 200);
    CHECK(elizabeth.get(path_of(guide.acme, list + "?limit=2") + next).status == 200);
    CHECK(elizabeth.get(path_of(guide.acme, list + "?cursor=" + cursor)).status == 200);
    CHECK(refused(florian.get(path + next)));
    CHECK(refused(elizabeth.get(path + "&role=staffUser" + next)));
    CHECK(refused(elizabeth.get(path + "&search=e" + next)));
    CHECK(refused(elizabeth.get(path_of(guide.greenville, list + "?limit=1") + next)));
    CHECK(refused(
        elizabeth.get(path_of(guide.acme, (list == "members" ? "role-requests" : "members")) +
                      "?limit=1" + next)));
    auto forged = cursor;
    forged[3] = forged[3] == 'A' ? 'B' : 'A';
    CHECK(refused(elizabeth.get(path + "&cursor=" + forged)));
    CHECK(refused(elizabeth.get(path + "&cursor=AAAA")));
  }
}

TEST_CASE("S12: A page does not skip anybody because its cursor's member was renamed") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto& service = guide.service;
  auto elizabeth = service.as(guide.elizabeth);
  const auto path = path_of(guide.acme, "members?limit=1");
  const std::string cursor = elizabeth.get(path).body()["nextCursor"];
  service.advance(1ms);
  service.database().write([&](database::Transaction& transaction) {
    Store(transaction).put_account(guide.elizabeth, "Zelda Blackwell", service.now());
  });

  const auto answer = elizabeth.get(path + "&cursor=" + cursor);
  CHECK(answer.problem() == "invalid-fields");
  CHECK(answer.body()["errors"][0]["pointer"] == "?cursor");
}

TEST_CASE("S12: Twenty thousand members are read once each while others come and go") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto& service = guide.service;
  add_people(service, 20'000);
  add_members(service, guide.acme);
  recount(service);
  auto elizabeth = service.as(guide.elizabeth);

  std::set<std::string> removed;
  int added = 0;
  const auto items =
      walk(elizabeth, path_of(guide.acme, "members?limit=200"), [&](const auto& seen) {
        if (seen.size() % 2'000 != 0) return;
        const Json& last = seen.back();
        auto member = service.database().read([&](database::Transaction& transaction) {
          return Store(transaction)
              .find_membership(MembershipId::parse(last["id"].template get<std::string>()).value())
              ->membership;
        });
        if (member.role == Role::staff_user) {
          REQUIRE(
              elizabeth.post(path_of(member, "remove"), Json::object(), if_match(member)).status ==
              200);
          removed.insert(member.id.text());
        }
        for (const char* name : {"Aaron Early", "Person 5", "Zoe Late"}) {
          service.member(guide.acme, service.person(name), Role::staff_user);
          ++added;
        }
      });

  std::set<std::string> seen;
  for (const Json& item : items) CHECK(seen.insert(item["id"]).second);
  CHECK(removed.size() >= 5);
  CHECK(seen.size() >= 20'003);
  CHECK(seen.size() <= 20'003 + static_cast<std::size_t>(added));
  CHECK(service.count("SELECT COUNT(*) FROM memberships WHERE id LIKE '00000000-%'") == 20'000);
  std::size_t original = 0;
  for (const auto& id : seen) original += id.starts_with("00000000-");
  CHECK(original == 20'000);
  CHECK(names_of(elizabeth.get(path_of(guide.acme, "members?search=ny%20late"))).empty());
  CHECK(names_of(elizabeth.get(path_of(guide.acme, "members?search=OE%20late"))).size() >= 5);
  CHECK(names_of(elizabeth.get(path_of(guide.acme, "members?role=securityOfficial"))).size() == 2);
  CHECK(miscounts_of(service).empty());
}

TEST_CASE("S12: Five thousand requests are read once each while some are decided") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto& service = guide.service;
  add_people(service, 5'000);
  add_requests(service, guide.acme);
  recount(service);
  auto elizabeth = service.as(guide.elizabeth);
  CHECK(elizabeth.get(path_of(guide.acme)).body()["pendingUserCount"] == 5'000);

  std::size_t decided = 0;
  const auto items =
      walk(elizabeth, path_of(guide.acme, "role-requests?limit=200"), [&](const auto& seen) {
        const auto path = "/v1/role-requests/" + seen.back()["id"].template get<std::string>();
        REQUIRE(elizabeth.post(path + (decided % 2 == 0 ? "/approve" : "/deny")).status == 200);
        ++decided;
      });

  std::set<std::string> seen;
  for (const Json& item : items) CHECK(seen.insert(item["id"]).second);
  CHECK(seen.size() == 5'000);
  CHECK(decided == 25);
  CHECK(elizabeth.get(path_of(guide.acme)).body()["pendingUserCount"] == 4'975);
  CHECK(names_of(elizabeth.get(path_of(guide.acme, "role-requests?search=person%207919"))).size() >=
        1);
  CHECK(miscounts_of(service).empty());
}

TEST_CASE("What is counted is what a recount gives, after anything that people do") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto& service = guide.service;
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto any = [&](const auto& of) -> const auto& {
    return of[random() % of.size()];
  };
  const std::vector<AccountId> persons = {guide.elizabeth, guide.florian, guide.rebecca,
                                          guide.thomas, guide.stranger};
  const std::vector<Organization> organizations = {guide.acme, guide.greenville};

  for (int step = 0; step < 400; ++step) {
    auto client = service.as(any(persons));
    const auto& organization = any(organizations);
    const auto what = random() % 10;
    if (what < 4) {
      client.post("/v1/role-requests",
                  body_of(organization, random() % 2 ? Role::staff_user : Role::security_official));
    } else if (what < 8) {
      const Json mine = client.get("/v1/manage-access").body();
      if (mine["pendingRequests"].empty()) continue;
      const Json request = any(mine["pendingRequests"].get<std::vector<Json>>());
      if (request["allowedActions"].empty()) continue;
      const std::string action = any(request["allowedActions"].get<std::vector<std::string>>());
      client.post("/v1/role-requests/" + request["id"].get<std::string>() + "/" + action);
    } else if (what == 8) {
      const auto members = client.get(path_of(organization, "members"));
      if (members.status != 200) continue;
      const Json member = any(list_of(members));
      client.post("/v1/memberships/" + member["id"].get<std::string>() + "/remove", Json::object(),
                  {{"If-Match", member["etag"]}});
    } else {
      service.advance(days(random() % 8));
      for (const auto& person : persons) check_that_lists_agree(service, person);
      service.sweep();
      service.remind();
    }
  }

  CHECK(miscounts_of(service).empty());
  for (const auto& person : persons) check_that_lists_agree(service, person);
  for (const auto& organization : organizations) {
    CHECK(service.count("SELECT security_official_count FROM organizations WHERE id = '" +
                        organization.id.text() + "'") >= 1);
  }
}
