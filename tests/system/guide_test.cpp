#include <catch2/catch.hpp>

#include "support/system.hpp"

using namespace testing;
using std::chrono::system_clock;

namespace {

// The guide's people at Acme Clinic: Elizabeth Blackwell and Ann Preston are its officials.
struct AcmeClinic {
  explicit AcmeClinic(database::Kind kind) : system(kind) {
    system.add_practice("000271828", "Acme Clinic, LLC", {elizabeth, ann});
    system.add_practice("000314159", "Greenville Medical Clinic", {rebecca});
    system.start();
    acme = system.find_practice(elizabeth, "000271828");
    greenville = system.find_practice(elizabeth, "000314159");
  }

  Json manage_access(Person& person) {
    return system.membership_as(person).get("/v1/manage-access").body();
  }
  Json card(Person& person, const std::string& organization) {
    const auto page = manage_access(person);
    for (const auto& card : page["organizations"]) {
      if (card["id"] == organization) return card;
    }
    return nullptr;
  }
  // The kinds of notifications of a person about a role request or membership, newest first.
  std::vector<std::string> told(Person& person, const char* about, const std::string& id) {
    std::vector<std::string> kinds;
    for (const auto& notification : system.notifications(person)) {
      if (notification["data"].value(about, "") == id) kinds.push_back(notification["kind"]);
    }
    return kinds;
  }
  bool eventually_told(Person& person, const char* about, const std::string& id,
                       const std::vector<std::string>& kinds) {
    return eventually([&] { return told(person, about, id) == kinds; });
  }

  System system;
  Person elizabeth = system.add_person("elizabeth.blackwell", "Elizabeth Blackwell");
  Person ann = system.add_person("ann.preston", "Ann Preston");
  Person rebecca = system.add_person("rebecca.crumpler", "Rebecca Crumpler");
  Person thomas = system.add_person("thomas.miller", "Thomas Miller, MD");
  std::string acme;
  std::string greenville;
};

using Kinds = std::vector<std::string>;

}  // namespace

TEST_CASE("The guide's first flow: a request is approved or denied, and all concerned are told") {
  AcmeClinic clinic(GENERATE(from_range(database_kinds())));
  auto& [system, elizabeth, ann, rebecca, thomas, acme, greenville] = clinic;

  // Thomas asks; every official is told, by email too, and Thomas is not.
  const auto first = system.ask(thomas, acme, "staffUser");
  const auto own = system.ask(elizabeth, greenville, "securityOfficial");
  for (auto* official : {&elizabeth, &ann}) {
    system.mail.wait_for_mail_to(official->email_address, "Role request");
    CHECK(clinic.eventually_told(*official, "roleRequestId", first, {"roleRequestReceived"}));
  }
  CHECK(clinic.told(thomas, "roleRequestId", first).empty());
  CHECK(clinic.eventually_told(rebecca, "roleRequestId", own, {"roleRequestReceived"}));

  // Manage Access shows both requests, and what Elizabeth may do with each.
  const auto page = clinic.manage_access(elizabeth);
  CHECK(page["name"] == "Elizabeth Blackwell");
  REQUIRE(page["pendingRequestCount"] == 2);
  for (const auto& request : page["pendingRequests"]) {
    const bool is_own = request["id"] == own;
    CHECK(request["relation"] == (is_own ? "own" : "toDecide"));
    CHECK(request["allowedActions"] ==
          (is_own ? Json::array({"withdraw"}) : Json::array({"approve", "deny"})));
  }
  CHECK(clinic.card(elizabeth, acme)["connectedUserCount"] == 2);
  CHECK(clinic.card(elizabeth, acme)["pendingUserCount"] == 1);

  // Denied by accident; Thomas asks again and is approved.
  auto as_elizabeth = system.membership_as(elizabeth);
  CHECK(as_elizabeth.post("/v1/role-requests/" + own + "/approve").problem() == "own-role-request");
  const auto denied =
      as_elizabeth.post("/v1/role-requests/" + first + "/deny", {{"reason", "Wrong click."}});
  REQUIRE(denied.status == 200);
  CHECK(denied.body()["decision"]["verdict"] == "denied");
  CHECK(clinic.eventually_told(thomas, "roleRequestId", first, {"roleRequestDenied"}));
  CHECK(clinic.eventually_told(elizabeth, "roleRequestId", first,
                               {"roleRequestDecidedByYou", "roleRequestReceived"}));
  CHECK(system.mail.wait_for_mail_to(thomas.email_address, "Denied").text.find("Wrong click.") !=
        std::string::npos);
  system.mail.wait_for_mail_to(elizabeth.email_address, "You denied");

  const auto second = system.ask(thomas, acme, "staffUser");
  const auto approved = as_elizabeth.post("/v1/role-requests/" + second + "/approve");
  REQUIRE(approved.status == 200);
  CHECK(approved.body()["decision"]["decidedBy"]["name"] == "Elizabeth Blackwell");
  const auto too_late = system.membership_as(ann).post("/v1/role-requests/" + second + "/deny");
  CHECK(too_late.status == 409);
  CHECK(too_late.problem() == "already-decided");
  CHECK(clinic.eventually_told(thomas, "roleRequestId", second, {"roleRequestApproved"}));
  system.mail.wait_for_mail_to(thomas.email_address, "Approved");
  system.mail.wait_for_mail_to(elizabeth.email_address, "You approved");
  CHECK(clinic.card(thomas, acme)["yourRole"] == "staffUser");
  CHECK(clinic.card(elizabeth, acme)["connectedUserCount"] == 3);

  // Ann, who decided nothing, was only told that the requests came; one decision settled them.
  for (const auto& notification : system.notifications(ann)) {
    CHECK(notification["kind"] == "roleRequestReceived");
    CHECK(notification["resolvedAt"].is_string());
  }
}

TEST_CASE("The guide's second flow: access is removed at once, and all concerned are told") {
  AcmeClinic clinic(GENERATE(from_range(database_kinds())));
  auto& [system, elizabeth, ann, rebecca, thomas, acme, greenville] = clinic;
  const auto membership = system.connect(thomas, acme, "staffUser", elizabeth);
  REQUIRE(system.membership_as(thomas).get("/v1/organizations/" + acme).status == 200);

  // View Users: the own row carries no action, the others do.
  const auto own = system.member(acme, elizabeth, elizabeth);
  CHECK(own["you"] == true);
  CHECK(own["allowedActions"].empty());
  const auto shown = system.member(acme, thomas, elizabeth);
  CHECK(shown["allowedActions"] == Json::array({"remove"}));

  auto as_elizabeth = system.membership_as(elizabeth);
  const auto remove = [&](const Json& row) {
    return as_elizabeth.post("/v1/memberships/" + row["id"].get<std::string>() + "/remove",
                             {{"reason", "Has left."}}, {{"If-Match", row["etag"]}});
  };
  CHECK(remove(own).problem() == "own-membership");
  const auto removed = remove(shown);
  REQUIRE(removed.status == 200);
  CHECK(removed.body()["organization"]["connectedUserCount"] == 2);

  // At once: the token Thomas holds opens nothing there any more.
  CHECK(system.membership_as(thomas).get("/v1/organizations/" + acme).status == 404);
  CHECK(clinic.card(thomas, acme).is_null());

  CHECK(clinic.eventually_told(thomas, "membershipId", membership, {"accessRemoved"}));
  CHECK(clinic.eventually_told(elizabeth, "membershipId", membership, {"accessRemovedByYou"}));
  CHECK(clinic.eventually_told(ann, "membershipId", membership, {"memberRemoved"}));
  CHECK(clinic.told(rebecca, "membershipId", membership).empty());
  system.mail.wait_for_mail_to(thomas.email_address, "was removed");
  system.mail.wait_for_mail_to(ann.email_address, "was removed");
}
