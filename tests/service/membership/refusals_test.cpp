#include "membership/http/routes.hpp"
#include "support/membership_guide.hpp"

// What every operation refuses alike.
using namespace testing;

namespace {

struct Example {
  const char* operation;
  std::string method;
  std::string path;
  Json body;  // null: none
};

std::vector<Example> examples(Guide& guide, const RoleRequest& request) {
  const auto act_of_center = [&](Json more) {
    Json body = tin_of(guide.acme);
    body["reason"] = "The only one has left.";
    body["caseNumber"] = "QPP-0004711";
    body.update(more);
    return body;
  };
  const std::string proposal = "/v1/service-center/proposals/" + ProposalId::generate().text();
  return {
      {"getManageAccess", "GET", "/v1/manage-access", nullptr},
      {"findOrganization",
       "POST",
       "/v1/organizations/find",
       {{"type", "practice"}, {"identifier", "000000001"}}},
      {"getOrganization", "GET", path_of(guide.acme), nullptr},
      {"listMembers", "GET", path_of(guide.acme, "members"), nullptr},
      {"listOrganizationRoleRequests", "GET", path_of(guide.acme, "role-requests"), nullptr},
      {"listOrganizationAudit", "GET", path_of(guide.acme, "audit"), nullptr},
      {"listRegistrations", "GET", path_of(guide.acme, "registrations"), nullptr},
      {"registerOrganization",
       "POST",
       path_of(guide.acme, "registrations/cmsWebInterface/register"),
       {{"performanceYear", 2026}}},
      {"cancelRegistration",
       "POST",
       path_of(guide.acme, "registrations/cmsWebInterface/cancel"),
       {{"performanceYear", 2026}}},
      {"createRoleRequest", "POST", "/v1/role-requests",
       body_of(guide.greenville, Role::staff_user)},
      {"getRoleRequest", "GET", path_of(request), nullptr},
      {"approveRoleRequest", "POST", path_of(request, "approve"), Json::object()},
      {"denyRoleRequest", "POST", path_of(request, "deny"), Json::object()},
      {"decideRoleRequests",
       "POST",
       "/v1/role-requests/decide",
       {{"items", {{{"roleRequestId", request.id.text()}, {"verdict", "approved"}}}}}},
      {"reopenRoleRequest", "POST", path_of(request, "reopen"), Json::object()},
      {"withdrawRoleRequest", "POST", path_of(request, "withdraw"), nullptr},
      {"getMembership", "GET", path_of(guide.rebecca_at_acme), nullptr},
      {"removeMembership", "POST", path_of(guide.rebecca_at_acme, "remove"), Json::object()},
      {"claimOrganization", "POST", path_of(guide.acme, "claim"),
       Json{{"nationalProviderIdentifier", "0000000006"},
            {"providerTransactionAccessNumber", "X00001"},
            {"taxpayerIdentificationNumber", guide.acme.tin.text()}}},
      {"proposeRemoval", "POST",
       "/v1/service-center" + path_of(guide.rebecca_at_acme, "remove").substr(3),
       act_of_center(Json::object())},
      {"proposeAppointment", "POST", service_center_path_of(guide.acme, "appoint"),
       act_of_center({{"accountId", guide.thomas.text()}})},
      {"proposeDecision", "POST", "/v1/service-center" + path_of(request, "decide").substr(3),
       act_of_center({{"verdict", "approved"}})},
      {"listProposals", "GET", "/v1/service-center/proposals", nullptr},
      {"getProposal", "GET", proposal, nullptr},
      {"confirmProposal", "POST", proposal + "/confirm", nullptr},
      {"rejectProposal", "POST", proposal + "/reject", nullptr},
      {"findServiceCenterOrganizations", "POST", "/v1/service-center/organizations/find",
       tin_of(guide.acme)},
      {"listServiceCenterMembers", "GET", service_center_path_of(guide.acme, "members"), nullptr},
      {"exportServiceCenterAudit", "GET", service_center_path_of(guide.acme, "audit"), nullptr},
      {"listServiceCenterRoleRequests", "GET", service_center_path_of(guide.acme, "role-requests"),
       nullptr},
  };
}

}  // namespace

TEST_CASE("Every operation refuses strangers to the system, malformed queries, keys and bodies") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);
  const auto all = examples(guide, request);
  auto elizabeth = guide.service.as(guide.elizabeth);
  auto anonymous = guide.service.anonymous();

  for (const auto& example : all) {
    CAPTURE(example.operation);
    const std::string body = example.body.is_null() ? "" : example.body.dump();
    const auto send = [&](Client& client, const std::string& path, const std::string& text,
                          Headers headers) {
      headers.emplace_back("If-Match", "\"1\"");
      return client.send(example.method, path, text, headers);
    };
    const Headers json = body.empty() ? Headers{} : Headers{{"Content-Type", "application/json"}};

    CHECK(send(anonymous, example.path, body, json).problem() == "unauthenticated");
    CHECK(send(elizabeth, example.path + "?a=%FF", body, json).problem() == "malformed-request");
    if (example.method == "POST") {
      Headers short_key = json;
      short_key.emplace_back("Idempotency-Key", "short");
      CHECK(send(elizabeth, example.path, body, short_key).problem() == "malformed-request");
    }
    if (!body.empty()) {
      CHECK(send(elizabeth, example.path, "{", json).problem() == "malformed-request");
      CHECK(send(elizabeth, example.path, body, {{"Content-Type", "text/plain"}}).problem() ==
            "unsupported-media-type");
      CHECK(send(elizabeth, example.path, R"({"nobodyAskedForThis": 1})", json).problem() ==
            "invalid-fields");
    }
  }
  CHECK(guide.service.events().empty());
}

TEST_CASE("The examples above are all public operations") {
  Guide guide(database::Kind::sqlite);
  const auto all = examples(guide, guide.service.role_request(guide.acme, guide.thomas));
  Service service{.database = guide.service.database(),
                  .clock = vocabulary::now,
                  .settings = {},
                  .wake_relay = [] {}};
  std::set<std::string> given, served;
  for (const auto& example : all) given.insert(example.operation);
  given.insert("checkAuthorizations");  // for partners: authorization_checks_test.cpp
  for (const auto& route : routes(service)) served.insert(route.operation);
  CHECK(given == served);
}

TEST_CASE("An Idempotency-Key stands for one request only, whichever operation it came with") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);
  auto elizabeth = guide.service.as(guide.elizabeth);
  const Headers key = {{"Idempotency-Key", "one-request-1"}, {"If-Match", "\"1\""}};
  REQUIRE(
      elizabeth
          .post("/v1/organizations/find", {{"type", "practice"}, {"identifier", "000000002"}}, key)
          .status == 200);

  for (const auto& example : examples(guide, request)) {
    if (example.method != "POST") continue;
    CAPTURE(example.operation);
    CHECK(elizabeth.post(example.path, example.body.is_null() ? Json::object() : example.body, key)
              .problem() == "idempotency-key-reused");
  }
  CHECK(guide.service.events().empty());
}

TEST_CASE("What was not seen in its present version is neither denied nor withdrawn") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);
  const Headers stale = {{"If-Match", "\"7\""}};

  CHECK(guide.service.as(guide.elizabeth)
            .post(path_of(request, "deny"), Json::object(), stale)
            .problem() == "precondition-failed");
  CHECK(guide.service.as(guide.thomas)
            .post(path_of(request, "withdraw"), Json::object(), stale)
            .problem() == "precondition-failed");
  CHECK(guide.service.as(guide.thomas).get(path_of(request)).body()["status"] == "pending");
}
