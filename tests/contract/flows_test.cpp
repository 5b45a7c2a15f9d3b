#include <cstdlib>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "support/paths.hpp"
#include "support/system.hpp"

namespace {

using testing::Json;

Json membership(const std::string& organization_id, const char* role) {
  return {{"organizationId", organization_id}, {"role", role}};
}

Json account(const testing::Person& person, const Json& its_membership) {
  return {{"userId", person.user_id},
          {"password", person.password},
          {"totpSecret", person.totp_secret},
          {"memberships", Json::array({its_membership})}};
}

}  // namespace

TEST_CASE("The guide's flows run against the processes as api/flows describes them") {
  testing::System system(database::Kind::sqlite);
  auto official = system.add_person("elizabeth.blackwell", "Elizabeth Blackwell");
  auto other = system.add_person("rebecca.crumpler", "Rebecca Crumpler");
  auto requester = system.add_person("thomas.miller", "Thomas Miller, MD");
  system.add_practice("000000001", "Acme Clinic, LLC", {official});
  system.add_practice("000000002", "Greenville Medical Clinic", {other});
  system.start();
  const auto acme = system.find_practice(official, "000000001");
  const auto greenville = system.find_practice(other, "000000002");
  system.connect(requester, greenville, "staffUser", other);

  Json local = {{"accounts",
                 {account(official, membership(acme, "securityOfficial")),
                  account(requester, membership(greenville, "staffUser"))}}};
  for (const auto* service : {"identity", "membership", "notification"}) {
    const auto& process = service == std::string("identity")     ? system.identity
                          : service == std::string("membership") ? system.membership
                                                                 : system.notification;
    local["services"][service] = {{"publicUrl", process.public_url()}};
  }
  const testing::TemporaryFolder folder;
  const auto file = folder.path() / "local.json";
  std::ofstream(file) << local;
  CHECK(std::system(
            (testing::source_root() + "/tests/contract/run_flows " + file.string()).c_str()) == 0);
}
