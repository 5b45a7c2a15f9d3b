#include <algorithm>
#include <cctype>
#include <thread>

#include "auth/jws.hpp"
#include "support/membership_guide.hpp"

// Nobody removes themself or decides their own request by any spelling of the id, header, body or
// race.
using namespace testing;

namespace {

std::string upper_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string percent_encoded(const std::string& text) {
  constexpr const char* digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    encoded += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return encoded;
}

std::string without_dashes(std::string id) {
  std::erase(id, '-');
  return id;
}

/// Every way to write "do `action` to the `thing` with that id" that we can think of.
std::vector<std::string> spellings(const std::string& things, const std::string& id,
                                   const std::string& action) {
  const std::vector<std::string> ids = {id,
                                        upper_case(id),
                                        percent_encoded(id),
                                        percent_encoded(upper_case(id)),
                                        percent_encoded(id.substr(0, 1)) + id.substr(1),
                                        "%7B" + id + "%7D",
                                        without_dashes(id),
                                        "urn:uuid:" + id,
                                        id + "%00",
                                        id + "%20",
                                        "%20" + id,
                                        id + ";v=1",
                                        id + "," + id,
                                        "./" + id,
                                        "x/../" + id,
                                        "%2e/" + id,
                                        id + "%2f",
                                        "/" + id,
                                        id + "/",
                                        id + "/.",
                                        "*",
                                        "0"};
  std::vector<std::string> paths;
  for (const auto& spelled : ids) paths.push_back("/v1/" + things + "/" + spelled + "/" + action);
  const std::string path = "/v1/" + things + "/" + id + "/" + action;
  for (const char* tail : {"/", "//", ";x", "%20", "?force=true", "?requesterId=0", "/../"}) {
    paths.push_back(path + tail);
  }
  paths.push_back("/" + path);
  paths.push_back("/V1" + path.substr(3));
  paths.push_back("/v1/" + path.substr(3));
  return paths;
}

std::vector<Json> bodies(const AccountId& other) {
  const std::string id = other.text();
  return {Json::object(),
          {{"reason", "I may."}},
          {{"requesterId", id}},
          {{"requester", {{"accountId", id}}}},
          {{"decidedBy", id}},
          {{"deciderId", id}},
          {{"removedBy", id}},
          {{"accountId", id}},
          {{"actor", id}},
          {{"principal", id}},
          {{"subject", id}},
          {{"verdict", "approved"}},
          {{"role", "securityOfficial"}},
          {{"reason", Json::object()}}};
}

std::vector<Headers> header_tricks(const AccountId& other, const std::string& token) {
  const std::string id = other.text();
  return {{},
          {{"X-Account-Id", id}},
          {{"X-User-Id", id}},
          {{"X-Forwarded-User", id}},
          {{"X-Remote-User", id}},
          {{"X-Act-As", id}},
          {{"X-On-Behalf-Of", id}},
          {{"X-Original-URL", "/v1/manage-access"}},
          {{"X-Rewrite-URL", "/v1/manage-access"}},
          {{"X-HTTP-Method-Override", "GET"}},
          {{"X-Forwarded-For", "127.0.0.1"}},
          {{"Forwarded", "for=127.0.0.1;by=" + id}},
          {{"Idempotency-Key", id}},
          {{"Cookie", "access_token=" + token}},
          {{"X-Authorization", "Bearer " + token}},
          {{"Proxy-Authorization", "Bearer " + token}}};
}

void check_refused(const Answer& answer) {
  CHECK(answer.status >= 400);
  CHECK(answer.status < 500);
}

}  // namespace

TEST_CASE("Nobody decides their own request by any spelling of the address") {
  Guide guide(GENERATE(from_range(database_kinds())));
  // Elizabeth is a Security Official of the place where she asks again.
  const auto request = guide.service.role_request(guide.acme, guide.elizabeth);
  auto elizabeth = guide.service.as(guide.elizabeth);

  for (const char* action : {"approve", "deny", "APPROVE", "approve%00"}) {
    for (const auto& path : spellings("role-requests", request.id.text(), action)) {
      CAPTURE(path);
      check_refused(elizabeth.post(path));
    }
  }

  CHECK(elizabeth.get(path_of(request)).body()["status"] == "pending");
  CHECK(elizabeth.get(path_of(guide.acme)).body()["yourRole"] == "securityOfficial");
  CHECK(guide.service.events().empty());
}

TEST_CASE("Nobody decides their own request by any field of the body or header") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.elizabeth);
  auto elizabeth = guide.service.as(guide.elizabeth);
  const auto others_token = guide.service.token_of({.kind = auth::Principal::Kind::person,
                                                    .subject = guide.florian.text(),
                                                    .session = vocabulary::new_uuid(),
                                                    .signed_in_with_totp = false,
                                                    .scopes = {}},
                                                   "countersign");

  for (const char* action : {"approve", "deny"}) {
    for (const auto& body : bodies(guide.florian)) {
      for (const auto& headers : header_tricks(guide.florian, others_token)) {
        CAPTURE(body.dump(), headers.empty() ? "" : headers[0].first);
        check_refused(elizabeth.post(path_of(request, action), body, headers));
      }
    }
    for (const char* method : {"PUT", "PATCH", "DELETE", "GET"}) {
      check_refused(elizabeth.send(method, path_of(request, action), "{}",
                                   {{"Content-Type", "application/json"}}));
    }
  }

  CHECK(elizabeth.get(path_of(request)).body()["status"] == "pending");
  CHECK(guide.service.events().empty());
}

TEST_CASE("Nobody removes themself by any spelling of the address, body or header") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto elizabeth = guide.service.as(guide.elizabeth);
  const auto others_token = guide.service.token_of({.kind = auth::Principal::Kind::person,
                                                    .subject = guide.florian.text(),
                                                    .session = vocabulary::new_uuid(),
                                                    .signed_in_with_totp = true,
                                                    .scopes = {}},
                                                   "countersign");

  for (const char* version : {"\"1\"", "*"}) {
    for (const auto& path : spellings("memberships", guide.elizabeth_at_acme.id.text(), "remove")) {
      CAPTURE(path);
      check_refused(elizabeth.post(path, Json::object(), {{"If-Match", version}}));
    }
    for (const auto& body : bodies(guide.florian)) {
      for (auto headers : header_tricks(guide.florian, others_token)) {
        headers.emplace_back("If-Match", version);
        check_refused(elizabeth.post(path_of(guide.elizabeth_at_acme, "remove"), body, headers));
      }
    }
  }
  check_refused(elizabeth.send("DELETE", path_of(guide.elizabeth_at_acme), "", {}));

  CHECK(elizabeth.get(path_of(guide.acme)).body()["connectedUserCount"] == 3);
  CHECK(guide.service.events().empty());
}

TEST_CASE("Another person's Idempotency-Key neither decides nor removes for oneself") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto own = guide.service.role_request(guide.acme, guide.elizabeth);
  const auto other = guide.service.role_request(guide.acme, guide.thomas);
  auto elizabeth = guide.service.as(guide.elizabeth);
  auto florian = guide.service.as(guide.florian);
  const Headers key = {{"Idempotency-Key", "shared-key-1"}};

  // The key of an approval that Elizabeth may give does not open another.
  REQUIRE(elizabeth.post(path_of(other, "approve"), Json::object(), key).status == 200);
  CHECK(elizabeth.post(path_of(own, "approve"), Json::object(), key).problem() ==
        "idempotency-key-reused");
  CHECK(elizabeth.get(path_of(own)).body()["status"] == "pending");

  // Nor does the key of an approval that somebody else gave of the own request.
  const Headers florians = {{"Idempotency-Key", "shared-key-2"}};
  REQUIRE(florian.post(path_of(own, "deny"), Json::object(), florians).status == 200);
  CHECK(elizabeth.post(path_of(own, "deny"), Json::object(), florians).problem() ==
        "own-role-request");
}

TEST_CASE("Nobody decides their own request while they gain or lose their role") {
  Guide guide(GENERATE(from_range(database_kinds())));
  // Rebecca, Staff User, asks for Security Official; Elizabeth approves while Rebecca tries
  // herself.
  for (int round = 0; round < 20; ++round) {
    const auto person = guide.service.person("Person " + std::to_string(round));
    guide.service.member(guide.acme, person, Role::staff_user);
    const auto request = guide.service.role_request(guide.acme, person, Role::security_official);
    int own_status = 0, official_status = 0;
    {
      const std::jthread own(
          [&] { own_status = guide.service.as(person).post(path_of(request, "approve")).status; });
      const std::jthread official([&] {
        official_status =
            guide.service.as(guide.elizabeth).post(path_of(request, "approve")).status;
      });
    }
    CHECK(own_status == 403);
    CHECK(official_status == 200);
    const Json decided = guide.service.as(person).get(path_of(request)).body();
    CHECK(decided["decision"]["decidedBy"]["accountId"] == guide.elizabeth.text());
  }
}

TEST_CASE("Of a withdrawal and an approval at once, one happens and the other is told") {
  Guide guide(GENERATE(from_range(database_kinds())));
  for (int round = 0; round < 50; ++round) {
    const auto person = guide.service.person("Person " + std::to_string(round));
    const auto request = guide.service.role_request(guide.acme, person);
    Answer withdrawn, approved;
    {
      const std::jthread requester(
          [&] { withdrawn = guide.service.as(person).post(path_of(request, "withdraw")); });
      const std::jthread official(
          [&] { approved = guide.service.as(guide.elizabeth).post(path_of(request, "approve")); });
    }
    CHECK(std::minmax({withdrawn.status, approved.status}) == std::pair(200, 409));
    const auto& loser = withdrawn.status == 409 ? withdrawn : approved;
    CHECK(loser.problem() == "already-decided");
    CHECK(guide.service.as(person).get(path_of(guide.acme)).status ==
          (approved.status == 200 ? 200 : 404));
  }
  CHECK(guide.service.events().size() == 50);
}
