#include <algorithm>
#include <barrier>
#include <random>
#include <thread>

#include "membership/storage/store.hpp"
#include "support/membership_guide.hpp"

using namespace testing;

namespace {

constexpr const char* path = "/v1/role-requests/decide";

Json item(const std::string& id, const char* verdict) {
  return {{"roleRequestId", id}, {"verdict", verdict}};
}

Json item(const RoleRequest& request, const char* verdict) {
  return item(request.id.text(), verdict);
}

Json items(std::vector<Json> all) {
  return {{"items", std::move(all)}};
}

std::string problem_of(const Json& decided) {
  return decided.at("problem").at("type").get<std::string>().substr(
      std::string("/problems/").size());
}

/// Six requests that Elizabeth is answered about in six ways.
struct Bulk : Guide {
  explicit Bulk(database::Kind kind) : Guide(kind) {
    service.as(florian).post(path_of(decided, "deny"));
  }

  AccountId grace = service.person("Grace Hopper");
  RoleRequest to_approve = service.role_request(acme, thomas);
  RoleRequest to_deny = service.role_request(acme, stranger);
  RoleRequest decided = service.role_request(acme, grace);
  RoleRequest own = service.role_request(acme, elizabeth, Role::staff_user);
  RoleRequest elsewhere = service.role_request(greenville, thomas);
  Json body = items({item(to_approve, "approved"), item(own, "approved"), item(decided, "approved"),
                     item(elsewhere, "denied"), item(RoleRequestId::generate().text(), "approved"),
                     item(to_deny, "denied")});
};

}  // namespace

TEST_CASE("Each decision of many is one of its own, answered in the order asked") {
  Bulk guide(GENERATE(from_range(database_kinds())));
  guide.body["items"][5]["reason"] = "Not known here.";

  const auto answer = guide.service.as(guide.elizabeth).post(path, guide.body);

  REQUIRE(answer.status == 200);
  const auto decided = list_of(answer);
  REQUIRE(decided.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(decided[i]["roleRequestId"] == guide.body["items"][i]["roleRequestId"]);
  }
  CHECK(decided[0]["status"] == 200);
  CHECK(decided[0]["roleRequest"]["status"] == "approved");
  CHECK(decided[1]["status"] == 403);
  CHECK(problem_of(decided[1]) == "own-role-request");
  CHECK(decided[1]["problem"]["requestId"] == answer.header("x-request-id"));
  CHECK(decided[2]["status"] == 409);
  CHECK(problem_of(decided[2]) == "already-decided");
  CHECK(decided[2]["problem"]["roleRequest"]["decision"]["decidedBy"]["name"] == "Florian Parker");
  CHECK(problem_of(decided[3]) == "not-found");
  CHECK(problem_of(decided[4]) == "not-found");
  CHECK(decided[5]["roleRequest"]["decision"]["reason"] == "Not known here.");

  const auto alone = guide.service.as(guide.elizabeth).get(path_of(guide.to_approve)).body();
  CHECK(decided[0]["roleRequest"]["decision"] == alone["decision"]);
  CHECK(guide.service.count("SELECT COUNT(*) FROM memberships") == 5);
  const auto events = guide.service.events();
  REQUIRE(events.size() == 3);
  CHECK(events[1]["type"] == "roleRequest.approved");
  CHECK(events[2]["type"] == "roleRequest.denied");
}

TEST_CASE("Security refusals among many decisions leave their audit rows, and nothing else") {
  Bulk guide(GENERATE(from_range(database_kinds())));
  const auto version = [&] {
    return guide.service.count("SELECT version FROM organizations WHERE id = '" +
                               guide.acme.id.text() + "'");
  };
  const auto before = version();
  const auto of_rebecca =
      guide.service.as(guide.rebecca).post(path, items({item(guide.to_approve, "approved")}));
  CHECK(problem_of(list_of(of_rebecca)[0]) == "not-a-security-official");
  CHECK(version() == before);

  REQUIRE(guide.service.as(guide.elizabeth).post(path, guide.body).status == 200);

  const auto audited = [&](const std::string& outcome, const RoleRequest& request) {
    return guide.service.count("SELECT COUNT(*) FROM audit_entries WHERE outcome = '" + outcome +
                               "' AND operation = 'decideRoleRequests' AND subject_id = '" +
                               request.id.text() + "'");
  };
  CHECK(audited("not-a-security-official", guide.to_approve) == 1);
  CHECK(audited("own-role-request", guide.own) == 1);
  CHECK(audited("approved", guide.to_approve) == 1);
  CHECK(audited("denied", guide.to_deny) == 1);
  CHECK(version() == before + 2);
}

TEST_CASE("One Idempotency-Key stands for all of many decisions") {
  Bulk guide(GENERATE(from_range(database_kinds())));
  auto elizabeth = guide.service.as(guide.elizabeth);
  const Headers key = {{"Idempotency-Key", "many-decisions-1"}};
  const auto first = elizabeth.post(path, guide.body, key);
  const auto events = guide.service.events().size();

  const auto again = elizabeth.post(path, guide.body, key);

  CHECK(again.status == 200);
  CHECK(again.text == first.text);
  CHECK(again.header("idempotency-replayed") == "true");
  guide.body["items"].erase(0);
  CHECK(elizabeth.post(path, guide.body, key).problem() == "idempotency-key-reused");
  CHECK(guide.service.events().size() == events);
}

TEST_CASE("Many decisions again, without a key, give the same decisions and do nothing") {
  Bulk guide(GENERATE(from_range(database_kinds())));
  auto elizabeth = guide.service.as(guide.elizabeth);
  const auto first = list_of(elizabeth.post(path, guide.body));
  const auto events = guide.service.events().size();

  const auto again = list_of(elizabeth.post(path, guide.body));

  for (const std::size_t i : {0U, 5U}) CHECK(again[i] == first[i]);
  CHECK(guide.service.events().size() == events);
}

TEST_CASE(
    "One to a hundred decisions are taken, each about another request, in well formed items") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto elizabeth = guide.service.as(guide.elizabeth);
  std::vector<Json> many;
  for (int i = 0; i < 101; ++i) {
    const auto person = guide.service.person("Somebody");
    many.push_back(item(guide.service.role_request(guide.acme, person), "approved"));
    many.back()["reason"] = std::string(500, 'x');
  }
  const auto fault_of = [&](const Json& body) {
    const auto answer = elizabeth.post(path, body);
    CHECK(answer.status == 422);
    return answer.body()["errors"][0]["pointer"].get<std::string>();
  };
  CHECK(fault_of(items(many)) == "/items");
  CHECK(fault_of(items({})) == "/items");
  CHECK(fault_of(items({many[0], many[1], many[0]})) == "/items/2/roleRequestId");
  CHECK(fault_of(items({many[0], item("7", "approved")})) == "/items/1/roleRequestId");
  CHECK(fault_of(items({item(many[0]["roleRequestId"], "withdrawn")})) == "/items/0/verdict");
  CHECK(guide.service.as(guide.elizabeth, false).post(path, items({many[0]})).problem() ==
        "second-factor-too-weak");
  CHECK(guide.service.events().empty());

  many.pop_back();
  const auto answer = elizabeth.post(path, items(many));
  REQUIRE(answer.status == 200);
  for (const auto& decided : list_of(answer)) CHECK(decided["status"] == 200);
  CHECK(guide.service.count("SELECT member_count FROM organizations WHERE id = '" +
                            guide.acme.id.text() + "'") == 103);
  CHECK(guide.service.events().size() == 100);
}

TEST_CASE("Officials who decide on the same people in any order at once never wait for ever",
          "[serial]") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  constexpr int rounds = 20;
  constexpr int organizations = 6;
  auto elizabeth = guide.service.as(guide.elizabeth);
  auto florian = guide.service.as(guide.florian);
  std::vector<Organization> clinics;
  for (int i = 0; i < organizations; ++i) {
    clinics.push_back(guide.service.organization("Clinic " + std::to_string(i)));
    guide.service.member(clinics.back(), guide.elizabeth, Role::security_official);
    guide.service.member(clinics.back(), guide.florian, Role::security_official);
  }
  std::mt19937 random(seed);
  std::vector<Json> approvals, denials;
  for (int round = 0; round < rounds; ++round) {
    const auto grace = guide.service.person("Grace Hopper");
    const auto ada = guide.service.person("Ada Lovelace");
    std::vector<Json> approved, denied;
    for (const auto& clinic : clinics) {
      for (const auto& person : {grace, ada}) {
        const auto request = guide.service.role_request(clinic, person);
        approved.push_back(item(request, "approved"));
        denied.push_back(item(request, "denied"));
      }
    }
    std::shuffle(approved.begin(), approved.end(), random);
    std::shuffle(denied.begin(), denied.end(), random);
    approvals.push_back(items(approved));
    denials.push_back(items(denied));
  }

  std::vector<Answer> of_elizabeth(rounds), of_florian(rounds);
  std::barrier start(2);
  const auto decide = [&](Client& client, const std::vector<Json>& bodies,
                          std::vector<Answer>& answers) {
    for (std::size_t round = 0; round < bodies.size(); ++round) {
      start.arrive_and_wait();
      answers[round] = client.post(path, bodies[round]);
    }
  };
  const auto began = std::chrono::steady_clock::now();
  {
    const std::jthread one([&] { decide(elizabeth, approvals, of_elizabeth); });
    const std::jthread two([&] { decide(florian, denials, of_florian); });
  }
  // A deadlock that the database had to break would have taken a second each.
  CHECK(std::chrono::steady_clock::now() - began < 15s);
  for (std::size_t round = 0; round < rounds; ++round) {
    REQUIRE(of_elizabeth[round].status == 200);
    REQUIRE(of_florian[round].status == 200);
    std::set<std::string> decided;
    for (const auto* answer : {&of_elizabeth[round], &of_florian[round]}) {
      for (const auto& each : list_of(*answer)) {
        if (each["status"] == 200) REQUIRE(decided.insert(each["roleRequestId"]).second);
        if (each["status"] != 200) REQUIRE(problem_of(each) == "already-decided");
      }
    }
    REQUIRE(decided.size() == 2 * organizations);
  }
}
