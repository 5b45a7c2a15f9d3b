#include "membership/domain/audit_row.hpp"

#include <set>

#include "membership/storage/audit.hpp"
#include "support/membership_builders.hpp"
#include "support/processes.hpp"

using namespace testing;

namespace {

constexpr const char* organization = "01900000-0000-7000-8000-000000000001";

AuditRow first_row() {
  return {.id = "01900000-0000-7000-8000-00000000000a",
          .chain = organization,
          .number = 1,
          .at = monday,
          .actor = "import",
          .operation = "importOrganizations",
          .subject = organization,
          .outcome = "created",
          .request_id = "",
          .details = "{}",
          .mac = {}};
}

}  // namespace

TEST_CASE("A row's mac is HMAC-SHA-256 of its length-prefixed fields and the mac before") {
  // Computed by Python's hmac and struct, from the description in services/membership/README.md.
  const AuditRow first = first_row();
  const AuditRow second{.id = "01900000-0000-7000-8000-00000000000b",
                        .chain = organization,
                        .number = 2,
                        .at = monday,
                        .actor = "Zo\xC3\xAB",
                        .operation = "denyRoleRequest",
                        .subject = "s",
                        .outcome = "denied",
                        .request_id = "r",
                        .details = R"({"reasonGiven":false})",
                        .mac = {}};

  const std::string mac = mac_of(first, "", audit_key);

  CHECK(mac == "23b820e507b348fcaf35c5bda0aa160526456e20626b32e8f892b7064454fd9d");
  CHECK(mac_of(second, mac, audit_key) ==
        "c733b89fb4edc0332981f013c7a35781b38e6268082a16fd27d2a458b6ac0cda");
}

TEST_CASE("Every field of a row, its place and the row before change what its mac is made of") {
  std::set<std::string> seen{sealed_bytes(first_row(), ""), sealed_bytes(first_row(), "00")};
  const auto add = [&](auto change) {
    AuditRow row = first_row();
    change(row);
    CHECK(seen.insert(sealed_bytes(row, "")).second);
  };

  add([](AuditRow& row) { row.id += "0"; });
  add([](AuditRow& row) { row.chain = service_chain; });
  add([](AuditRow& row) { row.number = 2; });
  add([](AuditRow& row) { row.at += std::chrono::milliseconds(1); });
  add([](AuditRow& row) { row.actor += "s"; });
  add([](AuditRow& row) { row.operation += "s"; });
  add([](AuditRow& row) { row.subject = ""; });
  add([](AuditRow& row) { row.outcome = "updated"; });
  add([](AuditRow& row) { row.request_id = "r"; });
  add([](AuditRow& row) { row.details = "{ }"; });
  add([](AuditRow& row) {
    row.outcome = "";
    row.request_id = "created";
  });
}
