#include "database/database.hpp"
#include "support/membership_guide.hpp"

// What the agents of the service center find and see, and that nobody else does.
using namespace testing;

namespace {

constexpr const char* find_path = "/v1/service-center/organizations/find";

}  // namespace

TEST_CASE("An agent finds organizations by TIN, with their counts, and each one shown is audited") {
  Guide guide(GENERATE(from_range(database_kinds())));
  guide.service.role_request(guide.acme, guide.thomas);
  const auto agent = guide.service.agent("Agent One");

  const auto found = guide.service.as(agent).post(find_path, tin_of(guide.acme));

  REQUIRE(found.status == 200);
  const auto organizations = list_of(found, "organizations");
  REQUIRE(organizations.size() == 1);
  CHECK(organizations[0]["id"] == guide.acme.id.text());
  CHECK(organizations[0]["taxpayerIdentificationNumber"] == guide.acme.tin.text());
  CHECK(organizations[0]["connectedUserCount"] == 3);
  CHECK(organizations[0]["securityOfficialCount"] == 2);
  CHECK(organizations[0]["pendingUserCount"] == 1);
  CHECK(
      guide.service.count(
          "SELECT COUNT(*) FROM audit_entries WHERE outcome = 'shown' AND actor = 'serviceCenter/" +
          agent.text() + "' AND chain_id = '" + guide.acme.id.text() + "'") == 1);
  CHECK(guide.service.as(agent)
            .post(find_path, {{"taxpayerIdentificationNumber", "000000999"}})
            .body()["organizations"]
            .empty());
  CHECK(guide.service.as(agent)
            .post(find_path, {{"taxpayerIdentificationNumber", "00000001"}})
            .problem() == "invalid-fields");
}

TEST_CASE("An agent sees the members and the requests of any organization, page by page") {
  Guide guide(GENERATE(from_range(database_kinds())));
  guide.service.role_request(guide.acme, guide.thomas);
  guide.service.role_request(guide.acme, guide.stranger);
  auto agent = guide.service.as(guide.service.agent("Agent One"));

  const auto members = agent.get(service_center_path_of(guide.acme, "members?limit=2"));
  REQUIRE(members.status == 200);
  CHECK(list_of(members).size() == 2);
  CHECK(list_of(members)[0]["name"] == "Elizabeth Blackwell");
  CHECK(list_of(agent.get(service_center_path_of(
                    guide.acme,
                    "members?limit=2&cursor=" + members.body()["nextCursor"].get<std::string>())))
            .size() == 1);
  CHECK(list_of(agent.get(service_center_path_of(guide.acme, "members?search=rebecca"))).size() ==
        1);
  const auto requests = agent.get(service_center_path_of(guide.acme, "role-requests?limit=1"));
  REQUIRE(requests.status == 200);
  CHECK(list_of(requests)[0]["requester"]["name"] == "Thomas Miller, MD");
  CHECK(list_of(requests)[0]["deciderCount"] == 2);
  CHECK(list_of(requests)[0]["allowedActions"].empty());
  CHECK(list_of(agent.get(service_center_path_of(
                    guide.acme,
                    "role-requests?cursor=" + requests.body()["nextCursor"].get<std::string>())))
            .size() == 1);

  auto nowhere = guide.acme;
  nowhere.id = OrganizationId::generate();
  CHECK(agent.get(service_center_path_of(nowhere, "members")).problem() == "not-found");
  CHECK(agent.get(service_center_path_of(nowhere, "role-requests")).problem() == "not-found");
  CHECK(agent.get(service_center_path_of(guide.acme, "members?cursor=x")).problem() ==
        "invalid-fields");
}

TEST_CASE(
    "Who is no agent learns nothing at the service center, and leaves an audit row each time") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto caller = GENERATE(true, false) ? guide.elizabeth : guide.stranger;
  auto client = guide.service.as(caller);

  CHECK(client.post(find_path, tin_of(guide.acme)).problem() == "not-a-service-center-agent");
  CHECK(client.get(service_center_path_of(guide.acme, "members")).problem() ==
        "not-a-service-center-agent");
  CHECK(client.get(service_center_path_of(guide.acme, "role-requests")).problem() ==
        "not-a-service-center-agent");

  CHECK(guide.service.count("SELECT COUNT(*) FROM audit_entries WHERE actor = '" + caller.text() +
                            "' AND outcome = 'not-a-service-center-agent'") == 3);
}

TEST_CASE("An agent needs a session signed in with TOTP") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto account = guide.service.agent("Agent One");
  auto agent = guide.service.as(account, false);
  CHECK(agent.post(find_path, tin_of(guide.acme)).problem() == "second-factor-too-weak");
  CHECK(agent.get(service_center_path_of(guide.acme, "members")).problem() ==
        "second-factor-too-weak");
  CHECK(agent.get(service_center_path_of(guide.acme, "role-requests")).problem() ==
        "second-factor-too-weak");
  CHECK(agent.get(service_center_path_of(guide.acme, "audit")).problem() ==
        "second-factor-too-weak");

  const std::string rows = "FROM audit_entries WHERE actor = '" + account.text() +
                           "' AND outcome = 'second-factor-too-weak'";
  CHECK(guide.service.count("SELECT COUNT(*) " + rows) == 4);
  CHECK(guide.service.count("SELECT COUNT(*) " + rows +
                            " AND chain_id = 'service' AND (operation ="
                            " 'findServiceCenterOrganizations' OR subject_id = '" +
                            guide.acme.id.text() + "')") == 4);
}

TEST_CASE("Who is an agent no more is refused at once, whatever token they hold") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto account = guide.service.agent("Agent One");
  auto agent = guide.service.as(account);
  REQUIRE(agent.post(find_path, tin_of(guide.acme)).status == 200);

  guide.service.value("DELETE FROM service_center_agents WHERE account_id = '" + account.text() +
                      "'");

  CHECK(agent.post(find_path, tin_of(guide.acme)).problem() == "not-a-service-center-agent");
}

TEST_CASE("S20: The refusals that only the service center can help with say how to reach it") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto only = guide.service.as(guide.rebecca)
                        .post(path_of(guide.rebecca_at_greenville, "remove"), Json::object(),
                              if_match(guide.rebecca_at_greenville));

  CHECK(only.problem() == "own-membership");
  CHECK(only.body()["supportContact"]["phone"] == "1-866-288-8292");
  CHECK(only.body()["supportContact"]["emailAddress"] == "QPP@cms.hhs.gov");
  CHECK(only.body()["detail"].get<std::string>().find("taxpayer identification number ready") !=
        std::string::npos);
}
