#include "membership/domain/organization.hpp"

#include <catch2/catch.hpp>

using namespace membership;

TEST_CASE("A taxpayer identification number is nine digits and keeps its leading zeros") {
  CHECK(TaxpayerIdentificationNumber::parse("000000001")->text() == "000000001");
  for (const char* text : {"", "00000001", "0000000001", "00000000a", "00-000001", " 00000001"}) {
    CAPTURE(text);
    CHECK_FALSE(TaxpayerIdentificationNumber::parse(text));
  }
}

TEST_CASE("A masked number shows its last four characters") {
  CHECK(mask("000001234") == "*****1234");
  CHECK(mask("1234") == "1234");
  CHECK(mask("") == "");
}

TEST_CASE("Each type of organization has identifiers of its own form") {
  using enum OrganizationType;
  CHECK(is_identifier(practice, "000000001"));
  CHECK(is_identifier(apm_entity, "A1234"));
  CHECK(is_identifier(virtual_group, "VG000001"));
  CHECK(is_identifier(registry, "REG000001"));

  CHECK_FALSE(is_identifier(practice, "A1234"));
  CHECK_FALSE(is_identifier(apm_entity, "a1234"));
  CHECK_FALSE(is_identifier(apm_entity, "A123"));
  CHECK_FALSE(is_identifier(apm_entity, ""));
  CHECK_FALSE(is_identifier(virtual_group, "VG00001"));
  CHECK_FALSE(is_identifier(registry, "VG000001"));
}

TEST_CASE("Every organization type is read back from its one spelling") {
  for (const auto type : organization_types) CHECK(parse_organization_type(to_text(type)) == type);
  CHECK_FALSE(parse_organization_type("Practice"));
}
