#include <barrier>
#include <thread>

#include "membership/storage/store.hpp"
#include "support/membership_guide.hpp"

using namespace testing;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int rounds = 50;
#else
constexpr int rounds = 300;
#endif

/// A request of Thomas at Acme that Elizabeth has denied.
struct Denied : Guide {
  explicit Denied(database::Kind kind) : Guide(kind) {
    request = service.role_request(acme, thomas);
    denied = service.as(elizabeth).post(path_of(request, "deny"), {{"reason", "Who are you?"}});
  }

  Answer reopen(const AccountId& account, const Json& body = Json::object(), Headers headers = {}) {
    return service.as(account).post(path_of(request, "reopen"), body, headers);
  }
  Json seen_by(const AccountId& account) {
    return service.as(account).get(path_of(request)).body();
  }

  RoleRequest request = {.id = RoleRequestId::generate(),
                         .requester = thomas,
                         .organization = acme.id,
                         .role = Role::staff_user,
                         .requested_at = service.now(),
                         .expires_at = service.now(),
                         .closed_at = std::nullopt,
                         .decision = std::nullopt};
  Answer denied;
};

std::vector<std::string> actions_of(const Json& request) {
  std::vector<std::string> actions;
  for (const auto& past : request.at("history")) actions.push_back(past.at("action"));
  return actions;
}

/// Requests at Acme, each of somebody else, that Elizabeth has denied.
std::vector<RoleRequest> denied_requests(Guide& guide, std::vector<AccountId> requesters) {
  std::vector<RoleRequest> requests;
  guide.service.database().write([&](database::Transaction& transaction) {
    Store store(transaction);
    requests.clear();
    for (const AccountId& requester : requesters) {
      RoleRequest request{.id = RoleRequestId::generate(),
                          .requester = requester,
                          .organization = guide.acme.id,
                          .role = Role::staff_user,
                          .requested_at = guide.service.now(),
                          .expires_at = guide.service.now() + 24h,
                          .closed_at = std::nullopt,
                          .decision = std::nullopt};
      store.add(request);
      request.status = RoleRequestStatus::denied;
      request.closed_at = guide.service.now();
      request.decision = Decision{.verdict = Verdict::denied,
                                  .decided_by = guide.elizabeth,
                                  .decided_at = guide.service.now(),
                                  .reason = std::nullopt};
      request.version = 2;
      if (!store.record_closing(request)) throw std::logic_error("not denied");
      requests.push_back(request);
    }
  });
  return requests;
}

std::vector<AccountId> some_people(Guide& guide) {
  std::vector<AccountId> people;
  for (int i = 0; i < rounds; ++i) people.push_back(guide.service.person("Somebody"));
  return people;
}

template <class First, class Second>
void race(First first, Second second,
          const std::function<void(int, const Answer&, const Answer&)>& judge) {
  std::vector<std::pair<Answer, Answer>> answers(rounds);
  std::barrier start(2);
  {
    const std::jthread one([&] {
      for (std::size_t round = 0; round < answers.size(); ++round) {
        start.arrive_and_wait();
        answers[round].first = first(round);
      }
    });
    const std::jthread two([&] {
      for (std::size_t round = 0; round < answers.size(); ++round) {
        start.arrive_and_wait();
        answers[round].second = second(round);
      }
    });
  }
  for (int round = 0; round < rounds; ++round) {
    const auto& [one, two] = answers[static_cast<std::size_t>(round)];
    judge(round, one, two);
  }
}

}  // namespace

TEST_CASE("A denied request is reopened by any official there, decided anew, and keeps it all") {
  Denied guide(GENERATE(from_range(database_kinds())));
  CHECK(guide.denied.body()["allowedActions"] == Json{"reopen"});
  CHECK(guide.seen_by(guide.florian)["allowedActions"] == Json{"reopen"});
  CHECK(guide.seen_by(guide.thomas)["allowedActions"] == Json::array());
  guide.service.advance(71h);

  const auto reopened = guide.reopen(guide.florian, {{"reason", "She did not know him."}});

  REQUIRE(reopened.status == 200);
  const Json body = reopened.body();
  CHECK(body["status"] == "pending");
  CHECK(body["decision"].is_null());
  CHECK(body["deciderCount"] == 2);
  CHECK(body["allowedActions"] == Json{"approve", "deny"});
  CHECK(body["expiresAt"] == vocabulary::to_text(guide.service.now() + 24h * 30));
  CHECK(reopened.header("etag") == "\"3\"");
  const auto told = guide.service.events().back();
  CHECK(told["type"] == "roleRequest.reopened");
  CHECK(told["data"]["decidedBy"]["name"] == "Florian Parker");
  CHECK(told["data"]["reason"] == "She did not know him.");
  CHECK(told["data"]["securityOfficials"].size() == 2);
  CHECK(guide.service.as(guide.elizabeth).get("/v1/manage-access").body()["pendingRequestCount"] ==
        1);

  REQUIRE(guide.service.as(guide.elizabeth)
              .post(path_of(guide.request, "deny"), {{"reason", "Still unknown."}})
              .status == 200);
  REQUIRE(guide.reopen(guide.florian).status == 200);
  REQUIRE(guide.service.as(guide.florian).post(path_of(guide.request, "approve")).status == 200);
  const Json seen = guide.seen_by(guide.thomas);
  CHECK(actions_of(seen) ==
        std::vector<std::string>{"deny", "reopen", "deny", "reopen", "approve"});
  CHECK(seen["history"][0]["reason"] == "Who are you?");
  CHECK(seen["history"][1]["actedBy"]["name"] == "Florian Parker");
  CHECK(seen["history"][1]["reason"] == "She did not know him.");
  CHECK(seen["history"][2]["reason"] == "Still unknown.");
  CHECK(seen["decision"]["verdict"] == "approved");
  CHECK(guide.service.count("SELECT COUNT(*) FROM memberships WHERE removed_at IS NULL") == 5);
}

TEST_CASE("The same reopening again gives the same answer and does nothing, any other is refused") {
  Denied guide(GENERATE(from_range(database_kinds())));
  const auto first = guide.reopen(guide.florian);
  REQUIRE(first.status == 200);
  const auto events = guide.service.events().size();
  guide.service.advance(1h);

  const auto again = guide.reopen(guide.florian, Json::object(), {{"If-Match", "\"2\""}});

  CHECK(again.status == 200);
  CHECK(again.text == first.text);
  CHECK(again.header("etag") == first.header("etag"));
  const auto other = guide.reopen(guide.elizabeth);
  CHECK(other.problem() == "not-denied");
  CHECK(other.body()["roleRequest"]["status"] == "pending");
  CHECK(guide.service.events().size() == events);
  CHECK(actions_of(guide.seen_by(guide.thomas)) == std::vector<std::string>{"deny", "reopen"});
}

TEST_CASE("After a reopening the same denial by the same official is one of its own") {
  Denied guide(GENERATE(from_range(database_kinds())));
  REQUIRE(guide.reopen(guide.elizabeth).status == 200);
  guide.service.advance(1h);

  const auto denied_again = guide.service.as(guide.elizabeth).post(path_of(guide.request, "deny"));

  REQUIRE(denied_again.status == 200);
  CHECK(denied_again.header("etag") == "\"4\"");
  CHECK(denied_again.body()["decision"]["decidedAt"] == vocabulary::to_text(guide.service.now()));
  const auto replayed = guide.service.as(guide.elizabeth).post(path_of(guide.request, "deny"));
  CHECK(replayed.text == denied_again.text);
  CHECK(actions_of(guide.seen_by(guide.thomas)) ==
        std::vector<std::string>{"deny", "reopen", "deny"});
  CHECK(guide.reopen(guide.florian).status == 200);
}

TEST_CASE(
    "A request is reopened by nobody but a Security Official there, and never by its requester") {
  Denied guide(GENERATE(from_range(database_kinds())));
  guide.service.member(guide.greenville, guide.thomas, Role::security_official);
  CHECK(guide.reopen(guide.thomas).problem() == "own-role-request");
  CHECK(guide.reopen(guide.rebecca).problem() == "not-a-security-official");
  CHECK(guide.reopen(guide.stranger).problem() == "not-found");
  CHECK(guide.service.as(guide.florian, false).post(path_of(guide.request, "reopen")).problem() ==
        "second-factor-too-weak");
  CHECK(guide.reopen(guide.florian, {{"reason", 7}}).problem() == "invalid-fields");
  CHECK(guide.reopen(guide.florian, Json::object(), {{"If-Match", "\"1\""}}).problem() ==
        "precondition-failed");
  CHECK(guide.seen_by(guide.thomas)["status"] == "denied");
}

TEST_CASE("A request is not reopened after 72 hours, nor when it was not denied") {
  Denied guide(GENERATE(from_range(database_kinds())));
  guide.service.advance(72h);
  const auto late = guide.reopen(guide.florian);
  CHECK(late.problem() == "reopen-window-over");
  CHECK(late.body()["roleRequest"]["decision"]["verdict"] == "denied");
  CHECK(late.body()["roleRequest"]["allowedActions"] == Json::array());

  const auto pending = guide.service.role_request(guide.acme, guide.stranger);
  auto florian = guide.service.as(guide.florian);
  CHECK(florian.post(path_of(pending, "reopen")).problem() == "not-denied");
  REQUIRE(florian.post(path_of(pending, "approve")).status == 200);
  CHECK(florian.post(path_of(pending, "reopen")).problem() == "not-denied");
}

TEST_CASE("A request is not reopened over a newer one of its requester, unless that is over") {
  Denied guide(GENERATE(from_range(database_kinds())));
  auto thomas = guide.service.as(guide.thomas);
  const auto newer = thomas.post("/v1/role-requests", body_of(guide.acme, Role::security_official));
  REQUIRE(newer.status == 201);
  CHECK(guide.reopen(guide.florian).problem() == "requester-asked-again");
  CHECK(guide.seen_by(guide.florian)["allowedActions"] == Json::array());

  const std::string path = "/v1/role-requests/" + newer.body()["id"].get<std::string>();
  REQUIRE(thomas.post(path + "/withdraw").status == 200);
  CHECK(guide.reopen(guide.florian).status == 200);
}

TEST_CASE("A newer request whose time is over is marked when the older one is reopened") {
  Denied guide(GENERATE(from_range(database_kinds())));
  const auto newer = guide.service.role_request(guide.acme, guide.thomas);
  guide.service.database().write([&](database::Transaction& transaction) {
    transaction.execute(
        "UPDATE role_requests SET expires_at = :now WHERE id = :id",
        {{"now", vocabulary::to_unix(guide.service.now())}, {"id", newer.id.text()}});
  });
  CHECK(guide.seen_by(guide.florian)["allowedActions"] == Json{"reopen"});
  CHECK(guide.reopen(guide.florian).status == 200);
  CHECK(guide.service.value("SELECT status FROM role_requests WHERE id = '" + newer.id.text() +
                            "'") == "expired");
}

TEST_CASE("A request is not reopened when its requester holds the role meanwhile") {
  Denied guide(GENERATE(from_range(database_kinds())));
  guide.service.member(guide.acme, guide.thomas, Role::staff_user);
  CHECK(guide.reopen(guide.florian).problem() == "role-already-held");
  CHECK(guide.seen_by(guide.florian)["allowedActions"] == Json::array());
}

TEST_CASE("Two officials reopen at once: one reopening, one 409", "[serial]") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto requests = denied_requests(guide, some_people(guide));
  auto elizabeth = guide.service.as(guide.elizabeth);
  auto florian = guide.service.as(guide.florian);
  race([&](std::size_t round) { return elizabeth.post(path_of(requests[round], "reopen")); },
       [&](std::size_t round) { return florian.post(path_of(requests[round], "reopen")); },
       [](int, const Answer& one, const Answer& two) {
         REQUIRE(std::minmax({one.status, two.status}) == std::pair(200, 409));
         REQUIRE((one.status == 409 ? one : two).problem() == "not-denied");
       });
  CHECK(guide.service.events().size() == static_cast<std::size_t>(rounds));
  CHECK(guide.service.count(
            "SELECT COUNT(*) FROM role_request_decisions WHERE action = 'reopen'") == rounds);
}

TEST_CASE("A reopening against the requester asking anew: one request is pending", "[serial]") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto people = some_people(guide);
  const auto requests = denied_requests(guide, people);
  std::vector<Client> clients;
  for (const auto& person : people) clients.push_back(guide.service.as(person));
  auto florian = guide.service.as(guide.florian);
  const Json wish = body_of(guide.acme, Role::staff_user);
  race([&](std::size_t round) { return florian.post(path_of(requests[round], "reopen")); },
       [&](std::size_t round) { return clients[round].post("/v1/role-requests", wish); },
       [](int, const Answer& reopened, const Answer& asked) {
         if (reopened.status == 200) {
           REQUIRE(asked.problem() == "already-pending");
         } else {
           REQUIRE(reopened.problem() == "requester-asked-again");
           REQUIRE(asked.status == 201);
         }
       });
  CHECK(guide.service.count("SELECT COUNT(*) FROM role_requests WHERE status = 'pending'") ==
        rounds);
  CHECK(guide.service.events().size() == static_cast<std::size_t>(rounds));
}

TEST_CASE("A reopening against an approval: approved only after it was reopened", "[serial]") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto requests = denied_requests(guide, some_people(guide));
  auto elizabeth = guide.service.as(guide.elizabeth);
  auto florian = guide.service.as(guide.florian);
  int approvals = 0;
  race([&](std::size_t round) { return florian.post(path_of(requests[round], "reopen")); },
       [&](std::size_t round) { return elizabeth.post(path_of(requests[round], "approve")); },
       [&](int, const Answer& reopened, const Answer& approved) {
         REQUIRE(reopened.status == 200);
         approvals += approved.status == 200;
         if (approved.status != 200) REQUIRE(approved.problem() == "already-decided");
       });
  CHECK(guide.service.count("SELECT COUNT(*) FROM role_requests WHERE status = 'approved'") ==
        approvals);
  CHECK(guide.service.count("SELECT COUNT(*) FROM role_requests WHERE status = 'pending'") ==
        rounds - approvals);
  CHECK(guide.service.count("SELECT COUNT(*) FROM memberships") == 4 + approvals);
}
