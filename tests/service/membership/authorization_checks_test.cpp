#include "membership/domain/organization_action.hpp"
#include "support/membership_guide.hpp"

using namespace testing;

namespace {

constexpr const char* path = "/v1/authorization-checks";

Json check(const AccountId& account, const Organization& organization, const std::string& action) {
  return {{"accountId", account.text()},
          {"organizationId", organization.id.text()},
          {"action", action}};
}

/// The answer to one question, as "reason", with "allowed" checked against it.
std::string reason_of(Client& partner, const AccountId& account, const Organization& organization,
                      const std::string& action) {
  const auto answer =
      partner.post(path, {{"checks", Json::array({check(account, organization, action)})}});
  REQUIRE(answer.status == 200);
  const Json result = answer.body().at("results").at(0);
  CHECK(answer.body().at("results").size() == 1);
  CHECK(result.size() == 2);
  CHECK(result["allowed"] == (result["reason"] == "allowedByRole"));
  return result["reason"];
}

std::string pointer_of(const Answer& answer) {
  REQUIRE(answer.problem() == "invalid-fields");
  REQUIRE(answer.body()["errors"].size() == 1);
  return answer.body()["errors"][0]["pointer"];
}

}  // namespace

TEST_CASE("S26: A partner is told what each role may do, as the card tells the member") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto partner = guide.service.partner();

  for (const auto& member : {guide.elizabeth, guide.rebecca}) {
    const Json card = guide.service.as(member).get(path_of(guide.acme)).body();
    std::size_t allowed = 0;
    for (const auto action : organization_actions) {
      const std::string name(to_text(action));
      const bool shown = std::find(card["allowedActions"].begin(), card["allowedActions"].end(),
                                   name) != card["allowedActions"].end();
      CHECK(reason_of(partner, member, guide.acme, name) ==
            (shown ? "allowedByRole" : "notASecurityOfficial"));
      allowed += shown;
    }
    CHECK(card["allowedActions"].size() == allowed);
    CHECK(allowed == (member == guide.elizabeth ? 7u : 4u));
  }
}

TEST_CASE("S26: Strangers, unknown accounts and unknown organizations look the same to a partner") {
  Guide guide(GENERATE(from_range(database_kinds())));
  Organization unknown = guide.acme;
  unknown.id = OrganizationId::generate();
  const Json checks = {check(guide.elizabeth, guide.greenville, "viewUsers"),
                       check(guide.stranger, guide.acme, "viewInformation"),
                       check(AccountId::generate(), guide.acme, "viewInformation"),
                       check(guide.elizabeth, unknown, "submitData")};

  const auto answer = guide.service.partner().post(path, {{"checks", checks}});

  REQUIRE(answer.status == 200);
  const Json no = {{"allowed", false}, {"reason", "notAMember"}};
  CHECK(answer.body()["results"] == Json{no, no, no, no});
}

TEST_CASE("S26: A grant, a promotion and a removal count from the very next check") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto partner = guide.service.partner();
  auto elizabeth = guide.service.as(guide.elizabeth);
  const auto approve = [&](const RoleRequest& request) {
    REQUIRE(elizabeth.post(path_of(request, "approve")).status == 200);
  };

  CHECK(reason_of(partner, guide.thomas, guide.acme, "submitData") == "notAMember");
  const auto request = guide.service.role_request(guide.acme, guide.thomas);
  CHECK(reason_of(partner, guide.thomas, guide.acme, "submitData") == "notAMember");
  approve(request);
  CHECK(reason_of(partner, guide.thomas, guide.acme, "submitData") == "allowedByRole");

  CHECK(reason_of(partner, guide.rebecca, guide.acme, "manageAccess") == "notASecurityOfficial");
  approve(guide.service.role_request(guide.acme, guide.rebecca, Role::security_official));
  CHECK(reason_of(partner, guide.rebecca, guide.acme, "manageAccess") == "allowedByRole");

  for (int round = 0; round < 2; ++round) {
    const auto member =
        guide.service.member(guide.acme, guide.service.person("Ann"), Role::security_official);
    CHECK(reason_of(partner, member.member, guide.acme, "viewFeedback") == "allowedByRole");
    REQUIRE(elizabeth.post(path_of(member, "remove"), Json::object(), {{"If-Match", "*"}}).status ==
            200);
    CHECK(reason_of(partner, member.member, guide.acme, "viewFeedback") == "notAMember");
  }
}

TEST_CASE("S26: A hundred checks are answered in one call, in their order") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto checks = Json::array();
  std::vector<std::string> expected;
  for (int i = 0; i < 100; ++i) {
    const auto official = guide.service.person("Official " + std::to_string(i));
    if (i % 3 != 0) {
      guide.service.member(guide.acme, official,
                           i % 3 == 1 ? Role::staff_user : Role::security_official);
    }
    checks.push_back(check(official, guide.acme, "viewUsers"));
    expected.push_back(i % 3 == 0   ? "notAMember"
                       : i % 3 == 1 ? "notASecurityOfficial"
                                    : "allowedByRole");
  }
  checks[99] = checks[1];  // the same twice
  expected[99] = expected[1];

  const auto answer = guide.service.partner().post(path, {{"checks", checks}});

  REQUIRE(answer.status == 200);
  REQUIRE(answer.body()["results"].size() == 100);
  for (std::size_t i = 0; i < 100; ++i) {
    CAPTURE(i);
    CHECK(answer.body()["results"][i]["reason"] == expected[i]);
  }
}

TEST_CASE("A check that cannot be read is named by its place, and none is answered") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto partner = guide.service.partner();
  const Json good = check(guide.elizabeth, guide.acme, "viewUsers");
  const auto with = [&](const char* field, const Json& value) {
    Json changed = good;
    changed[field] = value;
    return Json{{"checks", {good, changed}}};
  };

  CHECK(pointer_of(partner.post(path, with("action", "removeEverybody"))) == "/checks/1/action");
  CHECK(pointer_of(partner.post(path, with("action", 1))) == "/checks/1/action");
  CHECK(pointer_of(partner.post(path, with("accountId", "me"))) == "/checks/1/accountId");
  CHECK(pointer_of(partner.post(path, with("organizationId", nullptr))) ==
        "/checks/1/organizationId");
  CHECK(pointer_of(partner.post(path, with("role", "staffUser"))) == "/checks/1/role");
  CHECK(pointer_of(partner.post(path, Json::object())) == "/checks");
  CHECK(pointer_of(partner.post(path, {{"checks", Json::array()}})) == "/checks");
  CHECK(pointer_of(partner.post(path, {{"checks", good}})) == "/checks");
  CHECK(pointer_of(partner.post(path, {{"checks", std::vector<Json>(101, good)}})) == "/checks");
  const auto wrong_twice = partner.post(
      path, {{"checks", {with("action", "a")["checks"][1], with("accountId", "b")["checks"][1]}}});
  CHECK(wrong_twice.body()["errors"].size() == 2);
}

TEST_CASE("Only partners with the scope check authorizations, and they do nothing else") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const Json body = {{"checks", Json::array({check(guide.elizabeth, guide.acme, "viewUsers")})}};
  const auto token = [&](auth::Principal::Kind kind, const char* audience) {
    return guide.service.token_of(
        {.kind = kind, .subject = "a-partner", .session = "", .scopes = {"authorizationChecks"}},
        audience);
  };
  using Kind = auth::Principal::Kind;

  CHECK(guide.service.anonymous().post(path, body).problem() == "unauthenticated");
  CHECK(guide.service.as(guide.elizabeth).post(path, body).problem() == "forbidden");
  CHECK(guide.service.with_token(token(Kind::service, "countersign")).post(path, body).problem() ==
        "forbidden");
  CHECK(guide.service.partner("registrations").post(path, body).problem() == "insufficient-scope");
  CHECK(guide.service.with_token(token(Kind::partner, "membership")).post(path, body).status ==
        401);
  CHECK(guide.service.with_token(token(Kind::partner, "countersign")).post(path, body).status ==
        200);

  auto partner = guide.service.partner();
  CHECK(partner.get("/v1/manage-access").problem() == "forbidden");
  CHECK(partner.get(path_of(guide.acme)).problem() == "forbidden");
  CHECK(partner.post("/v1/organizations/find").problem() == "forbidden");
}

TEST_CASE("Checks are answered anew whatever their Idempotency-Key, and leave nothing behind") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto partner = guide.service.partner();
  const Json body = {{"checks", Json::array({check(guide.rebecca, guide.acme, "submitData")})}};
  const Headers key = {{"Idempotency-Key", "the-same-key"}};

  CHECK(partner.post(path, body, key).body()["results"][0]["allowed"] == true);
  REQUIRE(guide.service.as(guide.elizabeth)
              .post(path_of(guide.rebecca_at_acme, "remove"), Json::object(), {{"If-Match", "*"}})
              .status == 200);
  CHECK(partner.post(path, body, key).body()["results"][0]["allowed"] == false);
  CHECK(guide.service.count("SELECT COUNT(*) FROM idempotent_answers") == 0);
}
