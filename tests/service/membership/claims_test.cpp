#include <barrier>
#include <fstream>
#include <iterator>
#include <thread>

#include "database/database.hpp"
#include "support/membership_guide.hpp"

// The first Security Official of a practice, by what only its people know.
using namespace testing;

namespace {

Json proof(const std::string& tin, const std::string& npi, const std::string& ptan) {
  return {{"taxpayerIdentificationNumber", tin},
          {"nationalProviderIdentifier", npi},
          {"providerTransactionAccessNumber", ptan}};
}

/// A practice without Security Officials, with two clinicians on record.
struct Claims : Guide {
  explicit Claims(database::Kind kind) : Guide(kind) {
    service.settings().proof_key = "a key of the tests for all proofs";
    const auto imported = service.import_clinicians(empty.tin.text() + ",0000000006,X00001\n" +
                                                    empty.tin.text() + ",0000000014,X00002\n" +
                                                    other.tin.text() + ",0000000022,X00003\n");
    REQUIRE(imported == "practices 2, clinicians 3");
  }

  Json good() const { return proof(empty.tin.text(), "0000000006", "X00001"); }
  Answer claim(const AccountId& claimant, const Json& body, const Headers& headers = {}) {
    return service.as(claimant).post(path_of(empty, "claim"), body, headers);
  }
  std::int64_t audited(const std::string& outcome) {
    return service.count(
        "SELECT COUNT(*) FROM audit_entries WHERE operation = 'claimOrganization'"
        " AND outcome = '" +
        outcome + "'");
  }

  Organization empty = service.organization("Empty Clinic");
  Organization other = service.organization("Other Clinic");
};

}  // namespace

TEST_CASE("Who proves a practice without Security Officials becomes its first one at once") {
  Claims claims(GENERATE(from_range(database_kinds())));
  const auto pending =
      claims.service.role_request(claims.empty, claims.thomas, Role::security_official);

  const auto answer = claims.claim(claims.thomas, claims.good());

  REQUIRE(answer.status == 201);
  CHECK(answer.body()["role"] == "securityOfficial");
  CHECK(answer.header("location") == "/v1/memberships/" + answer.body()["id"].get<std::string>());
  auto thomas = claims.service.as(claims.thomas);
  CHECK(thomas.get(path_of(claims.empty)).body()["yourRole"] == "securityOfficial");
  CHECK(thomas.get(path_of(pending)).body()["status"] == "superseded");
  CHECK(claims.audited("granted") == 1);
  const auto events = claims.service.events();
  REQUIRE(events.size() == 3);
  CHECK(events[0]["type"] == "roleRequest.superseded");
  CHECK(events[1]["type"] == "membership.granted");
  CHECK(events[1]["data"]["member"]["accountId"] == claims.thomas.text());
  CHECK(events[1]["data"]["grantedBy"].is_null());
  CHECK(events[2]["type"] == "organization.singleSecurityOfficial");
}

TEST_CASE("A Staff User who proves the practice stays one member and becomes Security Official") {
  Claims claims(GENERATE(from_range(database_kinds())));
  const auto staff = claims.service.member(claims.empty, claims.thomas, Role::staff_user);

  const auto answer =
      claims.claim(claims.thomas, proof(claims.empty.tin.text(), "000 000-0014", "x-00 002"));

  CHECK(answer.status == 201);
  CHECK(answer.body()["id"] == staff.id.text());
  CHECK(answer.header("etag") == "\"2\"");
}

TEST_CASE("What is wrong with a proof is not told: a role request waits for the service center") {
  Claims claims(GENERATE(from_range(database_kinds())));
  const auto tin = claims.empty.tin.text();
  const auto other_tin = claims.other.tin.text();
  const std::vector<Json> wrong = {
      proof("999888777", "0000000006", "X00001"),  // no such TIN
      proof(other_tin, "0000000006", "X00001"),    // another practice's TIN
      proof(tin, "0000000030", "X00001"),          // no such clinician
      proof(tin, "0000000006", "X00009"),          // no such number
      proof(tin, "0000000006", "X00002"),          // of two clinicians
      proof(tin, "0000000022", "X00003"),          // another practice's clinician
      proof(other_tin, "0000000022", "X00003"),    // a proof of another practice
  };
  std::set<std::string> texts;
  for (const Json& body : wrong) {
    const auto claimant = claims.service.person("Claimant");
    const auto answer = claims.claim(claimant, body);
    CAPTURE(body.dump());
    CHECK(answer.status == 202);
    texts.insert(answer.text);
    const auto access = claims.service.as(claimant).get("/v1/manage-access").body();
    REQUIRE(access["pendingRequests"].size() == 1);
    CHECK(access["pendingRequests"][0]["role"] == "securityOfficial");
    CHECK(access["organizations"].empty());
  }
  CHECK(texts == std::set<std::string>{R"({"status":"pending"})"});
  CHECK(claims.audited("notProven") == static_cast<std::int64_t>(wrong.size()));
  CHECK(claims.audited("pending") == static_cast<std::int64_t>(wrong.size()));
}

TEST_CASE("Without a key, and at what is no practice, nothing can be proven") {
  Claims claims(GENERATE(from_range(database_kinds())));
  if (GENERATE(true, false)) {
    claims.service.settings().proof_key.clear();
  } else {
    claims.service.value("UPDATE organizations SET type = 'apmEntity' WHERE id = '" +
                         claims.empty.id.text() + "'");
  }
  CHECK(claims.claim(claims.thomas, claims.good()).status == 202);
}

TEST_CASE("A claim that proves nothing keeps a request for Security Official and replaces others") {
  Claims claims(GENERATE(from_range(database_kinds())));
  const auto role = GENERATE(Role::security_official, Role::staff_user);
  const auto pending = claims.service.role_request(claims.empty, claims.thomas, role);

  REQUIRE(claims.claim(claims.thomas, proof("999888777", "0000000006", "X00001")).status == 202);

  const bool kept = role == Role::security_official;
  auto thomas = claims.service.as(claims.thomas);
  CHECK(thomas.get(path_of(pending)).body()["status"] == (kept ? "pending" : "superseded"));
  const auto now_pending = thomas.get("/v1/manage-access").body()["pendingRequests"];
  REQUIRE(now_pending.size() == 1);
  CHECK((now_pending[0]["id"] == pending.id.text()) == kept);
  CHECK(now_pending[0]["role"] == "securityOfficial");
}

TEST_CASE("An organization that has a Security Official is not claimed, and the attempt counts") {
  Claims claims(GENERATE(from_range(database_kinds())));
  claims.service.member(claims.empty, claims.rebecca, Role::security_official);
  claims.service.settings().claims_per_account = 2;

  for (int i = 0; i < 2; ++i) {
    CHECK(claims.claim(claims.thomas, claims.good()).problem() == "has-security-official");
  }
  CHECK(claims.claim(claims.thomas, claims.good()).problem() == "too-many-requests");
  CHECK(claims.audited("has-security-official") == 2);
  CHECK(claims.audited("too-many-requests") == 1);
}

TEST_CASE("A person has a few attempts in a day, whatever the practice, and each is audited") {
  Claims claims(GENERATE(from_range(database_kinds())));
  const auto wrong = proof("999888777", "0000000006", "X00001");
  for (int i = 0; i < 4; ++i) CHECK(claims.claim(claims.thomas, wrong).status == 202);
  auto nowhere = claims.empty;
  nowhere.id = OrganizationId::generate();
  CHECK(claims.service.as(claims.thomas).post(path_of(nowhere, "claim"), wrong).problem() ==
        "not-found");

  const auto throttled = claims.claim(claims.thomas, claims.good());

  CHECK(throttled.problem() == "too-many-requests");
  CHECK(throttled.header("retry-after") == "86400");
  CHECK(claims.audited("notProven") == 4);
  CHECK(claims.audited("not-found") == 1);
  CHECK(claims.audited("too-many-requests") == 1);
  CHECK(claims.claim(claims.stranger, wrong).status == 202);
  claims.service.advance(24h);
  CHECK(claims.claim(claims.thomas, claims.good()).status == 201);
}

TEST_CASE("A practice is claimed a few times in a day, whoever does it") {
  Claims claims(GENERATE(from_range(database_kinds())));
  claims.service.settings().claims_per_organization = 2;
  const auto wrong = proof("999888777", "0000000006", "X00001");
  CHECK(claims.claim(claims.thomas, wrong).status == 202);
  CHECK(claims.claim(claims.stranger, wrong).status == 202);
  CHECK(claims.claim(claims.elizabeth, claims.good()).problem() == "too-many-requests");
}

TEST_CASE("A claim with an Idempotency-Key is answered again, and counts once") {
  Claims claims(GENERATE(from_range(database_kinds())));
  const Headers key = {{"Idempotency-Key", "first-claim-1"}};
  const auto first = claims.claim(claims.thomas, claims.good(), key);
  const auto again = claims.claim(claims.thomas, claims.good(), key);
  CHECK(first.status == 201);
  CHECK(again.text == first.text);
  CHECK(claims.service.count("SELECT attempts FROM claim_attempts WHERE counted = 'account:" +
                             claims.thomas.text() + "'") == 1);
}

TEST_CASE("A claim says which field is no number of its kind, and repeats no value") {
  Claims claims(GENERATE(from_range(database_kinds())));
  const auto answer = claims.claim(claims.thomas, proof("12345678", "1111111111", "#"));
  REQUIRE(answer.problem() == "invalid-fields");
  std::set<std::string> pointers;
  for (const Json& error : list_of(answer, "errors")) pointers.insert(error["pointer"]);
  CHECK(pointers == std::set<std::string>{"/taxpayerIdentificationNumber",
                                          "/nationalProviderIdentifier",
                                          "/providerTransactionAccessNumber"});
  CHECK(answer.text.find("1111111111") == std::string::npos);
  CHECK(answer.text.find("12345678\"") == std::string::npos);
}

TEST_CASE("A claim needs a session signed in with TOTP and an account that is known") {
  Claims claims(GENERATE(from_range(database_kinds())));
  CHECK(claims.service.as(claims.thomas, false)
            .post(path_of(claims.empty, "claim"), claims.good())
            .problem() == "second-factor-too-weak");
  CHECK(claims.claim(AccountId::generate(), claims.good()).problem() == "unavailable");
}

TEST_CASE("Of two people who prove a practice at once, the first becomes Security Official",
          "[serial]") {
  Claims claims(GENERATE(from_range(database_kinds())));
  claims.service.settings().claims_per_account = 1'000;
  constexpr int rounds = 50;
  auto thomas = claims.service.as(claims.thomas);
  auto stranger = claims.service.as(claims.stranger);
  for (int round = 0; round < rounds; ++round) {
    const auto practice = claims.service.organization("Raced Clinic");
    REQUIRE(claims.service.import_clinicians(practice.tin.text() + ",0000000006,X00001\n") ==
            "practices 1, clinicians 1");
    const auto body = proof(practice.tin.text(), "0000000006", "X00001");
    std::barrier start(2);
    int first = 0, second = 0;
    {
      const auto claim = [&](Client& client, int& status) {
        start.arrive_and_wait();
        status = client.post(path_of(practice, "claim"), body).status;
      };
      const std::jthread one([&] { claim(thomas, first); });
      const std::jthread two([&] { claim(stranger, second); });
    }
    REQUIRE(std::minmax({first, second}) == std::pair(201, 409));
    REQUIRE(claims.service.count("SELECT security_official_count FROM organizations WHERE id = '" +
                                 practice.id.text() + "'") == 1);
  }
}

TEST_CASE("What proves a practice never stands in the database as it is") {
  Claims claims(database::Kind::sqlite);
  claims.service.import_clinicians(claims.empty.tin.text() + ",0000000048,SECRETPTAN7\n");
  const Headers key = {{"Idempotency-Key", "secret-claim-1"}};
  REQUIRE(
      claims.claim(claims.thomas, proof("999888777", "0000000048", "secretptan7"), key).status ==
      202);
  REQUIRE(claims.claim(claims.thomas, proof(claims.empty.tin.text(), "0000000048", "SecretPtan7"))
              .status == 201);

  for (const char* suffix : {"", "-wal"}) {
    std::ifstream file(claims.service.database_path() + suffix, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    CAPTURE(suffix);
    REQUIRE_FALSE(bytes.empty());
    for (char& c : bytes) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    CHECK(bytes.find("secretptan7") == std::string::npos);
    CHECK(bytes.find("0000000048") == std::string::npos);
    CHECK(bytes.find("999888777") == std::string::npos);
  }
}

TEST_CASE("An import of clinicians replaces those of the practices it names, or does nothing") {
  Claims claims(GENERATE(from_range(database_kinds())));
  const auto tin = claims.empty.tin.text();
  CHECK(claims.service.import_clinicians(tin + ",0000000055,X00005\n" + tin +
                                         ",0000000055,x-00005\n") == "practices 1, clinicians 1");
  CHECK(claims.service.count("SELECT COUNT(*) FROM clinicians") == 2);
  CHECK(claims.claim(claims.thomas, claims.good()).status == 202);

  CHECK(claims.service.import_clinicians(tin + ",0000000006,X00001\n999888777,0000000006,X1\n") ==
        "line 3, column providerTransactionAccessNumber: is not 4 to 16 letters and digits");
  CHECK(
      claims.service.import_clinicians(tin + ",0000000006,X00001\n999888777,0000000006,X00001\n") ==
      "line 3, column taxpayerIdentificationNumber: is of no practice known here");
  CHECK(claims.claim(claims.thomas, claims.good()).status == 202);
  CHECK(claims.claim(claims.thomas, proof(tin, "0000000055", "X00005")).status == 201);
}
