#include <algorithm>
#include <fstream>
#include <thread>

#include <sqlite3.h>

#include "database/database.hpp"
#include "membership/storage/store.hpp"
#include "support/membership_guide.hpp"
#include "support/membership_process.hpp"
#include "support/processes.hpp"

using namespace testing;

namespace {

template <class Condition>
void wait_until(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!condition()) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(20ms);
  }
}

std::string write_file(const TemporaryFolder& folder, const std::string& text) {
  const auto path = folder.path() / "organizations.csv";
  std::ofstream(path, std::ios::binary) << text;
  return path.string();
}

}  // namespace

TEST_CASE("The process imports, is ready with keys, decides, tells notification, and stops") {
  const TemporaryFolder folder;
  const MembershipNeighbours neighbours;
  const auto official = AccountId::generate();
  const auto second = AccountId::generate();
  ServiceProcess process(
      "membership", membership_settings("sqlite:" + (folder.path() / "m.db").string(), neighbours),
      folder.path());
  const std::string line = "practice,000000501,Acme Clinic,000000501,1 Main Street,";
  const auto file = write_file(folder, std::string(organization_file_header) + "\n" + line +
                                           official.text() + "\n" + line + second.text() + "\n");
  CHECK(process.command({"import-organizations", file}) ==
        "created 1, updated 0, unchanged 1, Security Officials granted 2\n");
  CHECK(process.command({"import-organizations", file}) ==
        "created 0, updated 0, unchanged 2, Security Officials granted 0\n");

  process.start();
  Client internal(process.internal_url());
  wait_until([&] { return internal.get("/readyz").status == 200; });
  Client client(process.public_url(), neighbours.token_of(official));
  const Json card = client.get("/v1/manage-access").body()["organizations"][0];
  const auto members =
      client.get("/v1/organizations/" + card["id"].get<std::string>() + "/members");
  for (const Json& member : list_of(members)) {
    if (member["you"].get<bool>()) continue;
    CHECK(client
              .post("/v1/memberships/" + member["id"].get<std::string>() + "/remove",
                    Json::object(), {{"If-Match", member["etag"].get<std::string>()}})
              .status == 200);
  }
  wait_until([&] { return !neighbours.told().empty(); });
  CHECK(neighbours.told()[0]["type"] == "membership.removed");
  wait_until([&] {
    return internal.get("/metrics").text.find("\noutbox_waiting 0\n") != std::string::npos;
  });
  CHECK(client.get("/openapi.json").status == 200);
  CHECK(client.get("/problems/own-membership").status == 200);
  CHECK(process.terminate() == 0);
  for (const char* secret : {"000000501", "not-very-secret", "Acme"}) {
    CHECK(process.log().find(secret) == std::string::npos);
  }
}

TEST_CASE("The process recounts what is kept, and names what is wrong") {
  const TemporaryFolder folder;
  const auto database_file = (folder.path() / "m.db").string();
  ServiceProcess process("membership",
                         {{"database-url", "sqlite:" + database_file}, {"audit-key", audit_key}},
                         folder.path());
  const std::string file = std::string(organization_file_header) +
                           "\npractice,000000501,Acme,000000501,1 Main Street," +
                           AccountId::generate().text() + "\n";
  process.command({"import-organizations", "-"}, file);
  CHECK(process.command({"check-counters"}) == "every counter is right\n");

  database::Database("sqlite:" + database_file).write([](database::Transaction& transaction) {
    transaction.execute("UPDATE organizations SET member_count = 3, pending_count = 1");
  });
  std::string said;
  try {
    process.command({"check-counters"});
  } catch (const std::exception& failure) {
    said = failure.what();
  }
  CHECK(said.find("member_count is 3, counted 1") != std::string::npos);
  CHECK(said.find("pending_count is 1, counted 0") != std::string::npos);
  CHECK(said.find("security_official_count") == std::string::npos);
}

TEST_CASE("The process names every fault of an import file, exits with 1 and imports nothing") {
  const TemporaryFolder folder;
  ServiceProcess process("membership",
                         {{"database-url", "sqlite:" + (folder.path() / "m.db").string()}},
                         folder.path());
  const auto file = write_file(folder, std::string(organization_file_header) +
                                           "\npractice,000000501,Acme,000000501,1 Main Street,\n"
                                           "practice,5,,000000502,1 Main Street,me\n");

  std::string said;
  try {
    process.command({"import-organizations", file});
  } catch (const std::exception& failure) {
    said = failure.what();
  }

  for (const char* fault :
       {"line 3, column identifier: is not an identifier of this type",
        "line 3, column name: is missing",
        "line 3, column securityOfficialAccountId: is not an account id", "nothing was imported"}) {
    CHECK(said.find(fault) != std::string::npos);
  }
  CHECK(process.command({"import-organizations", "-"},
                        std::string(organization_file_header) +
                            "\npractice,000000501,Acme,000000501,1 Main Street,\n") ==
        "created 1, updated 0, unchanged 0, Security Officials granted 0\n");
}

TEST_CASE("The process is not ready without keys, but alive") {
  const TemporaryFolder folder;
  const ReservedPort nobody;
  ServiceProcess process("membership",
                         {{"database-url", "sqlite:" + (folder.path() / "m.db").string()},
                          {"identity-url", "http://127.0.0.1:" + std::to_string(nobody.number())}},
                         folder.path());
  process.start();
  Client internal(process.internal_url());

  CHECK(internal.get("/livez").status == 200);
  CHECK(internal.get("/readyz").status == 503);
  CHECK(process.terminate() == 0);
}

TEST_CASE("The process verifies, replays and exports its audit while it serves") {
  const TemporaryFolder folder;
  const std::string database = (folder.path() / "m.db").string();
  ServiceProcess process("membership", {{"database-url", "sqlite:" + database}}, folder.path());
  const auto official = AccountId::generate();
  const auto file = write_file(folder, std::string(organization_file_header) +
                                           "\npractice,000000501,Acme,000000501,1 Main Street," +
                                           official.text() + "\n");
  process.command({"import-organizations", file});
  process.start();
  const auto said = [&](const std::vector<std::string>& arguments) -> std::string {
    try {
      return process.command(arguments);
    } catch (const std::exception& failure) {
      return failure.what();
    }
  };
  const std::string checkpoint = (folder.path() / "checkpoint").string();

  CHECK_THAT(said({"verify-audit"}), Catch::StartsWith("good: 2 rows in 1 chains"));
  CHECK(said({"replay-audit"}) ==
        "good: the audit makes all 1 memberships as the tables hold them\n");
  CHECK(said({"write-audit-checkpoint", checkpoint}) ==
        "good: 2 rows in 1 chains; checkpoint written\n");
  CHECK_THAT(said({"verify-audit", "--checkpoint", checkpoint}),
             Catch::StartsWith("good: 2 rows in 1 chains; all rows of the checkpoint are there"));
  const std::string exported = said({"export-audit"});
  CHECK(std::count(exported.begin(), exported.end(), '\n') == 2);
  CHECK(exported.find(official.text()) != std::string::npos);
  for (const char* kept_out : {"000000501", "Acme", audit_key}) {
    CHECK(exported.find(kept_out) == std::string::npos);
  }

  const auto tamper = [&](const char* sql) {
    sqlite3* connection = nullptr;
    sqlite3_open(database.c_str(), &connection);
    sqlite3_busy_timeout(connection, 5'000);
    CHECK(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(connection);
  };
  tamper("UPDATE memberships SET role = 'staffUser'");
  CHECK_THAT(said({"verify-audit"}), Catch::StartsWith("good: "));
  CHECK_THAT(said({"replay-audit"}), Catch::Contains("differs in role"));
  tamper("DELETE FROM audit_entries WHERE number = 2; UPDATE audit_chains SET last_number = 1");
  CHECK_THAT(said({"verify-audit"}), Catch::StartsWith("good: "));
  CHECK_THAT(said({"verify-audit", "--checkpoint", checkpoint}),
             Catch::Contains("row 2: was there at the checkpoint"));
  CHECK_THAT(said({"write-audit-checkpoint", checkpoint}),
             Catch::Contains("row 2: was there at the checkpoint"));
  tamper("UPDATE audit_entries SET outcome = 'nothing'");
  CHECK_THAT(said({"verify-audit"}), Catch::Contains("was altered"));
  CHECK(process.terminate() == 0);
}

TEST_CASE("Without a key of 32 bytes for the audit the process does not start") {
  const TemporaryFolder folder;
  const std::string database = "sqlite:" + (folder.path() / "m.db").string();
  for (const auto& key : {std::string(), std::string(31, 'k')}) {
    ServiceProcess process("membership", {{"database-url", database}, {"audit-key", key}},
                           folder.path());
    std::string said;
    try {
      process.command({"migrate"});
    } catch (const std::exception& failure) {
      said = failure.what();
    }
    CHECK_THAT(said, Catch::Contains("MEMBERSHIP_AUDIT_KEY"));
  }
}

TEST_CASE("Agents are named, clinicians put on record and attempts counted across restarts") {
  const TemporaryFolder folder;
  const MembershipNeighbours neighbours;
  const auto url = "sqlite:" + (folder.path() / "m.db").string();
  auto settings = membership_settings(url, neighbours);
  settings["proof-key"] = "a key of the tests for all proofs";
  ServiceProcess process("membership", settings, folder.path());
  process.command({"import-organizations", "-"},
                  std::string(organization_file_header) +
                      "\npractice,000000501,Acme,000000501,1 Main Street,\n");
  const auto clinicians =
      "taxpayerIdentificationNumber,nationalProviderIdentifier,providerTransactionAccessNumber\n"
      "000000501,0000000006,X00001\n";
  CHECK(process.command({"import-clinicians", "-"}, clinicians) == "practices 1, clinicians 1\n");
  CHECK_THROWS_WITH(
      process.command({"import-clinicians", "-"}, "000000501,0000000006,X00001\n"),
      Catch::Contains("line 1: is not the header") && Catch::Contains("nothing was imported"));
  const auto person = AccountId::generate();
  CHECK(process.command({"grant-service-center-agent", person.text()}) == "granted\n");
  CHECK(process.command({"grant-service-center-agent", person.text()}) == "unchanged\n");
  CHECK_THROWS(process.command({"grant-service-center-agent", "somebody"}));
  std::string organization;
  {
    database::Database database(url);
    database.write([&](database::Transaction& transaction) {
      Store store(transaction);
      store.put_account(person, "Thomas Miller, MD", vocabulary::now());
      organization =
          store.find_organization(OrganizationType::practice, "000000501").value().id.text();
    });
  }

  const auto claim = [&](const char* ptan) {
    Client internal(process.internal_url());
    wait_until([&] { return internal.get("/readyz").status == 200; });
    return Client(process.public_url(), neighbours.token_of(person))
        .post("/v1/organizations/" + organization + "/claim",
              {{"taxpayerIdentificationNumber", "000000501"},
               {"nationalProviderIdentifier", "0000000006"},
               {"providerTransactionAccessNumber", ptan}})
        .status;
  };
  process.start();
  Client agent(process.public_url(), neighbours.token_of(person));
  const Json tin = {{"taxpayerIdentificationNumber", "000000501"}};
  for (int attempt = 0; attempt < 4; ++attempt) CHECK(claim("X00009") == 202);
  CHECK(agent.post("/v1/service-center/organizations/find", tin).status == 200);
  CHECK(process.command({"revoke-service-center-agent", person.text()}) == "revoked\n");
  CHECK(agent.post("/v1/service-center/organizations/find", tin).status == 403);
  process.kill();
  process.start();
  CHECK(claim("X00009") == 202);
  CHECK(claim("X00001") == 429);

  CHECK(process.terminate() == 0);
  for (const char* secret : {"000000501", "0000000006", "X00009", "X00001"}) {
    CHECK(process.log().find(secret) == std::string::npos);
  }
}
