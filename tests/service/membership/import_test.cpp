#include "membership/storage/store.hpp"
#include "support/membership_guide.hpp"

using namespace testing;

namespace {

const std::string header = std::string(organization_file_header) + "\n";

}  // namespace

TEST_CASE("An import creates organizations, and again changes nothing") {
  MembershipService service(GENERATE(from_range(database_kinds())));
  const auto official = service.person("Elizabeth Blackwell");
  const auto file = header + "practice,000000501,\"Acme Clinic, LLC\",000000501,1 Main Street," +
                    official.text() +
                    "\nregistry,REG000001,State Registry,000000502,2 Main Street,\n";

  CHECK(service.import(file) == "created 2, updated 0, unchanged 0, granted 1");
  const auto version = service.as(official).get("/v1/manage-access").body()["organizations"];
  CHECK(service.import(file) == "created 0, updated 0, unchanged 2, granted 0");

  CHECK(service.count("SELECT COUNT(*) FROM organizations WHERE version = 1") == 2);
  CHECK(service.count("SELECT COUNT(*) FROM memberships") == 1);
  CHECK(version.size() == 1);
  CHECK(version[0]["name"] == "Acme Clinic, LLC");
  CHECK(version[0]["yourRole"] == "securityOfficial");
}

TEST_CASE("An import corrects name and address, and counts as a change of the organization") {
  MembershipService service(GENERATE(from_range(database_kinds())));
  const auto official = service.person("Elizabeth Blackwell");
  const auto line = "apmEntity,A1234,Old Name,000000501,1 Main Street," + official.text() + "\n";
  REQUIRE(service.import(header + line) == "created 1, updated 0, unchanged 0, granted 1");

  CHECK(service.import(header + "apmEntity,A1234,New Name,000000501,2 Main Street,\n") ==
        "created 0, updated 1, unchanged 0, granted 0");

  const Json card = service.as(official).get("/v1/manage-access").body()["organizations"][0];
  CHECK(card["name"] == "New Name");
  CHECK(card["address"] == "2 Main Street");
  CHECK(card["identifier"] == "A1234");
  CHECK(service.as(official)
            .get("/v1/organizations/" + card["id"].get<std::string>())
            .header("etag") == "\"2\"");
}

TEST_CASE("An import makes a Staff User Security Official and supersedes what they asked for") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request =
      guide.service.role_request(guide.acme, guide.rebecca, Role::security_official);

  CHECK(guide.service.import(header + "practice," + guide.acme.identifier + ",\"" +
                             guide.acme.name + "\"," + guide.acme.identifier + ",\"" +
                             guide.acme.address + "\"," + guide.rebecca.text()) ==
        "created 0, updated 0, unchanged 1, granted 1");

  auto rebecca = guide.service.as(guide.rebecca);
  CHECK(rebecca.get(path_of(guide.acme)).body()["yourRole"] == "securityOfficial");
  CHECK(rebecca.get(path_of(guide.acme)).body()["connectedUserCount"] == 3);
  CHECK(rebecca.get(path_of(request)).body()["status"] == "superseded");
}

TEST_CASE("An import of many Security Officials changes each organization once and counts right") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto version = [&] {
    return guide.service.count("SELECT version FROM organizations WHERE id = '" +
                               guide.acme.id.text() + "'");
  };
  const auto before = version();
  const std::string acme = "practice," + guide.acme.identifier + ",\"" + guide.acme.name + "\"," +
                           guide.acme.identifier + ",\"" + guide.acme.address + "\",";
  const std::string registry = "registry,REG000001,State Registry,000000502,2 Main Street,";
  std::string file = header;
  for (const auto& account : {guide.rebecca, guide.thomas, guide.stranger, guide.elizabeth}) {
    file += acme + account.text() + "\n";
    file += registry + account.text() + "\n";
  }
  file += acme + guide.thomas.text() + "\n";

  CHECK(guide.service.import(file) == "created 1, updated 0, unchanged 8, granted 7");

  CHECK(version() == before + 1);
  CHECK(guide.service.count("SELECT version FROM organizations WHERE type = 'registry'") == 1);
  CHECK(guide.service.count("SELECT security_official_count FROM organizations"
                            " WHERE type = 'registry'") == 4);
  const auto miscounts = guide.service.database().read(
      [](database::Transaction& transaction) { return Store(transaction).list_miscounts(); });
  CHECK(miscounts.empty());
}

TEST_CASE("An import may name a Security Official whose account is not known yet") {
  MembershipService service(GENERATE(from_range(database_kinds())));
  const auto official = AccountId::generate();
  REQUIRE(service.import(header + "practice,000000501,Acme,000000501,1 Main Street," +
                         official.text()) == "created 1, updated 0, unchanged 0, granted 1");

  const Json access = service.as(official).get("/v1/manage-access").body();
  CHECK(access["name"] == "");
  CHECK(access["organizations"][0]["yourRole"] == "securityOfficial");
}

TEST_CASE("A bad import file is named by line and column, and nothing of it is imported") {
  MembershipService service(GENERATE(from_range(database_kinds())));

  CHECK(service.import(header + "practice,000000501,Acme,000000501,1 Main Street,\n" +
                       "practice,12,Acme,000000501,1 Main Street,\n") ==
        "line 3, column identifier: is not an identifier of this type");

  CHECK(service.count("SELECT COUNT(*) FROM organizations") == 0);
}
