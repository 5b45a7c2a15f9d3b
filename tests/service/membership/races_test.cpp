#include <barrier>
#include <thread>

#include "database/database.hpp"
#include "membership/storage/store.hpp"
#include "support/membership_guide.hpp"

using namespace testing;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int rounds = 100;
#else
constexpr int rounds = 1'000;
#endif

/// Two people who act at the same instant, `rounds` times; their answers, round by round.
template <class First, class Second>
std::vector<std::pair<Answer, Answer>> race(First first, Second second) {
  std::vector<std::pair<Answer, Answer>> answers(rounds);
  std::barrier start(2);
  const auto run = [&](auto act, auto member) {
    for (int round = 0; round < rounds; ++round) {
      start.arrive_and_wait();
      answers[static_cast<std::size_t>(round)].*member = act(round);
    }
  };
  using Pair = std::pair<Answer, Answer>;
  {
    const std::jthread one([&] { run(first, &Pair::first); });
    const std::jthread two([&] { run(second, &Pair::second); });
  }
  return answers;
}

template <class T>
const T& at(const std::vector<T>& all, int round) {
  return all[static_cast<std::size_t>(round)];
}

}  // namespace

TEST_CASE("Approve against deny by two officials at once: one 200, one 409, one set of events",
          "[serial]") {
  Guide guide(GENERATE(from_range(database_kinds())));
  std::vector<RoleRequest> requests;
  guide.service.database().write([&](database::Transaction& transaction) {
    Store store(transaction);
    requests.clear();
    for (int round = 0; round < rounds; ++round) {
      requests.push_back({.id = RoleRequestId::generate(),
                          .requester = AccountId::generate(),
                          .organization = guide.acme.id,
                          .role = Role::staff_user,
                          .requested_at = guide.service.now(),
                          .expires_at = guide.service.now() + 24h,
                          .closed_at = std::nullopt,
                          .decision = std::nullopt});
      store.add(requests.back());
    }
  });

  auto elizabeth = guide.service.as(guide.elizabeth);
  auto florian = guide.service.as(guide.florian);
  const auto answers =
      race([&](int round) { return elizabeth.post(path_of(at(requests, round), "approve")); },
           [&](int round) { return florian.post(path_of(at(requests, round), "deny")); });

  std::map<std::string, std::string> told;
  for (const Json& event : guide.service.events()) {
    CHECK(told.emplace(event["data"]["roleRequestId"], event["type"]).second);
  }
  CHECK(told.size() == requests.size());
  int approvals = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto& [approved, denied] = at(answers, round);
    const bool is_approved = approved.status == 200;
    approvals += is_approved;
    REQUIRE((is_approved ? denied : approved).problem() == "already-decided");
    REQUIRE((is_approved ? approved : denied).status == 200);
    const Json present = (is_approved ? denied : approved).body()["roleRequest"];
    REQUIRE(present["status"] == (is_approved ? "approved" : "denied"));
    REQUIRE(told[at(requests, round).id.text()] ==
            (is_approved ? "roleRequest.approved" : "roleRequest.denied"));
  }
  CHECK(guide.service.count("SELECT COUNT(*) FROM memberships") == 4 + approvals);
  CHECK(guide.service.count("SELECT member_count FROM organizations WHERE id = '" +
                            guide.acme.id.text() + "'") == 3 + approvals);
}

TEST_CASE("Two officials remove each other at once: never zero officials, never a silent success",
          "[serial]") {
  Guide guide(GENERATE(from_range(database_kinds())));
  std::vector<Membership> elizabeths, florians;
  guide.service.database().write([&](database::Transaction& transaction) {
    Store store(transaction);
    elizabeths.clear();
    florians.clear();
    for (int round = 0; round < rounds; ++round) {
      auto clinic = guide.acme;
      clinic.id = OrganizationId::generate();
      clinic.identifier = std::to_string(100'000'000 + round);
      store.add(clinic);
      const auto official = [&](const AccountId& account) {
        Membership membership{.id = MembershipId::generate(),
                              .member = account,
                              .organization = clinic.id,
                              .role = Role::security_official,
                              .granted_at = guide.service.now(),
                              .removal = std::nullopt};
        store.add(membership);
        return membership;
      };
      elizabeths.push_back(official(guide.elizabeth));
      florians.push_back(official(guide.florian));
    }
  });

  auto elizabeth = guide.service.as(guide.elizabeth);
  auto florian = guide.service.as(guide.florian);
  const auto remove = [](Client& client, const Membership& membership) {
    return client.post(path_of(membership, "remove"), Json::object(), if_match(membership));
  };
  const auto answers = race([&](int round) { return remove(elizabeth, at(florians, round)); },
                            [&](int round) { return remove(florian, at(elizabeths, round)); });

  for (const auto& [by_elizabeth, by_florian] : answers) {
    REQUIRE(std::minmax({by_elizabeth.status, by_florian.status}) == std::pair(200, 404));
  }
  CHECK(guide.service.count("SELECT COUNT(*) FROM organizations WHERE identifier >= '100000000'"
                            " AND security_official_count <> 1") == 0);
  CHECK(guide.service.count(
            "SELECT COUNT(*) FROM (SELECT o.id FROM organizations o"
            "  JOIN memberships m ON m.organization_id = o.id AND m.removed_at IS NULL"
            "   AND m.role = 'securityOfficial'"
            " WHERE o.identifier >= '100000000' GROUP BY o.id HAVING COUNT(*) = 1) AS kept") ==
        rounds);
  const auto events = guide.service.events();
  CHECK(std::count_if(events.begin(), events.end(), [](const Json& event) {
          return event["type"] == "membership.removed";
        }) == rounds);
}

TEST_CASE("Of many requests by one person at once, one is pending") {
  Guide guide(GENERATE(from_range(database_kinds())));
  constexpr int callers = 8;
  std::vector<int> statuses(callers);
  {
    std::vector<std::jthread> threads;
    for (int& status : statuses) {
      threads.emplace_back([&] {
        status = guide.service.as(guide.thomas)
                     .post("/v1/role-requests", body_of(guide.acme, Role::staff_user))
                     .status;
      });
    }
  }
  CHECK(std::count(statuses.begin(), statuses.end(), 201) == 1);
  CHECK(std::count(statuses.begin(), statuses.end(), 409) == callers - 1);
  CHECK(guide.service.events().size() == 1);
}
