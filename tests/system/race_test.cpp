#include <barrier>
#include <future>
#include <map>
#include <utility>

#include <catch2/catch.hpp>

#include "support/system.hpp"

using namespace testing;
using namespace std::chrono_literals;

namespace {

constexpr int rounds = 1'000;

// Both at the same instant, as far as two threads can.
template <class First, class Second>
std::pair<Answer, Answer> at_once(First first, Second second) {
  std::barrier start(2);
  auto other = std::async(std::launch::async, [&] {
    start.arrive_and_wait();
    return second();
  });
  start.arrive_and_wait();
  auto answer = first();
  return {std::move(answer), other.get()};
}

// How many mails each person got of each kind: by address and the subject up to a colon.
std::map<std::pair<std::string, std::string>, int> mails_by_kind(const System& system) {
  std::map<std::pair<std::string, std::string>, int> counts;
  for (const auto& mail : system.mail.mails()) {
    ++counts[{mail.to.front(), mail.subject.substr(0, mail.subject.find(':'))}];
  }
  return counts;
}

struct Clinic {
  explicit Clinic(database::Kind kind) : system(kind) {
    system.add_practice("000000001", "Acme Clinic, LLC", {ada, grace});
    system.start();
    id = system.find_practice(ada, "000000001");
  }

  System system;
  Person ada = system.add_person("ada.one", "Ada One");
  Person grace = system.add_person("grace.two", "Grace Two");
  Person linus = system.add_person("linus.three", "Linus Three");
  std::string id;
};

}  // namespace

TEST_CASE("Of approve and deny at once, one is done and one refused, and one set of mails goes out",
          "[serial]") {
  Clinic clinic(GENERATE(from_range(database_kinds())));
  auto& [system, ada, grace, linus, id] = clinic;
  auto as_ada = system.membership_as(ada);
  auto as_grace = system.membership_as(grace);

  int approved_by_ada = 0;
  for (int round = 0; round < rounds; ++round) {
    CAPTURE(round);
    const auto request = "/v1/role-requests/" + system.ask(linus, id, "staffUser");
    const auto [approve, deny] = at_once([&] { return as_ada.post(request + "/approve"); },
                                         [&] { return as_grace.post(request + "/deny"); });
    REQUIRE(approve.status + deny.status == 200 + 409);
    const bool approved = approve.status == 200;
    const auto& refused = approved ? deny : approve;
    REQUIRE(refused.problem() == "already-decided");
    REQUIRE(refused.body()["roleRequest"]["decision"]["verdict"] ==
            (approved ? "approved" : "denied"));
    if (approved) {
      ++approved_by_ada;
      system.remove(system.member(id, linus, ada)["id"], ada);
    }
  }

  std::map<std::pair<std::string, std::string>, int> wanted = {
      {{linus.email_address, "Approved"}, approved_by_ada},
      {{linus.email_address, "Denied"}, rounds - approved_by_ada},
      {{linus.email_address, "Your access to Acme Clinic, LLC was removed"}, approved_by_ada},
      {{ada.email_address, "Role request"}, rounds},
      {{ada.email_address, "You approved a request"}, approved_by_ada},
      {{ada.email_address, "You removed access to Acme Clinic, LLC"}, approved_by_ada},
      {{grace.email_address, "Role request"}, rounds},
      {{grace.email_address, "You denied a request"}, rounds - approved_by_ada},
      {{grace.email_address, "A member of Acme Clinic, LLC was removed"}, approved_by_ada}};
  std::erase_if(wanted, [](const auto& kind) { return kind.second == 0; });
  CHECK(eventually([&] { return mails_by_kind(system) == wanted; }, 3min, 1s));
  CHECK(mails_by_kind(system) == wanted);
}

TEST_CASE("Of two officials who remove each other at once, one stays and one is refused",
          "[serial]") {
  Clinic clinic(GENERATE(from_range(database_kinds())));
  auto& [system, ada, grace, linus, id] = clinic;
  Person* both[] = {&ada, &grace};
  std::string memberships[] = {system.member(id, ada, ada)["id"],
                               system.member(id, grace, ada)["id"]};
  const auto remove = [&](int remover, int removed) {
    return system.membership_as(*both[remover])
        .post("/v1/memberships/" + memberships[removed] + "/remove", Json::object(),
              {{"If-Match", "*"}});
  };

  for (int round = 0; round < rounds; ++round) {
    CAPTURE(round);
    const auto [first, second] =
        at_once([&] { return remove(0, 1); }, [&] { return remove(1, 0); });
    CAPTURE(first.status, first.text, second.status, second.text);
    const int survivor = first.status == 200 ? 0 : 1;
    const auto& done = survivor == 0 ? first : second;
    const auto& refused = survivor == 0 ? second : first;
    REQUIRE(done.status == 200);
    REQUIRE(refused.status >= 400);
    REQUIRE(refused.status < 500);
    REQUIRE(done.body()["organization"]["connectedUserCount"] == 1);
    memberships[1 - survivor] =
        system.connect(*both[1 - survivor], id, "securityOfficial", *both[survivor]);
  }
}
