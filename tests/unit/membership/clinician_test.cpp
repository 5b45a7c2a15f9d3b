#include "membership/domain/clinician.hpp"

#include <catch2/catch.hpp>

#include "membership/domain/clinician_file.hpp"

using namespace membership;

TEST_CASE("An NPI is ten digits with their check digit, whatever stands between them") {
  CHECK(NationalProviderIdentifier::parse("0000000006")->text() == "0000000006");
  CHECK(NationalProviderIdentifier::parse("000-000 0006")->text() == "0000000006");
  CHECK(NationalProviderIdentifier::parse("1234567893"));  // the example of the standard
  for (const char* bad :
       {"", "0000000000", "000000006", "00000000006", "000000000O", "1234567890"}) {
    CAPTURE(bad);
    CHECK_FALSE(NationalProviderIdentifier::parse(bad));
  }
}

TEST_CASE("A PTAN is 4 to 16 letters and digits, in any case, whatever stands between them") {
  CHECK(ProviderTransactionAccessNumber::parse("x00 00-1")->text() == "X00001");
  CHECK(ProviderTransactionAccessNumber::parse("x00001") ==
        ProviderTransactionAccessNumber::parse("X-00001"));
  for (const char* bad : {"", "X00", "X0000000000000000", "X00_01", "X0000\u00e9"}) {
    CAPTURE(bad);
    CHECK_FALSE(ProviderTransactionAccessNumber::parse(bad));
  }
}

TEST_CASE("A file of clinicians is read line by line, and no fault repeats what it holds") {
  const auto file_of = [](std::string_view lines) {
    return std::string(clinician_file_header).append("\n").append(lines);
  };
  const auto lines = parse_clinician_file(file_of("000000001,0000000006,x00-001\r\n"));
  REQUIRE(lines);
  REQUIRE(lines->size() == 1);
  CHECK(lines->front().line == 2);
  CHECK(lines->front().proof.ptan.text() == "X00001");

  const auto errors_of = [&](const std::string& text) {
    std::vector<std::string> errors;
    const auto read = parse_clinician_file(text);
    for (const auto& error : read.error()) errors.push_back(to_text(error));
    return errors;
  };
  CHECK(errors_of("npi,ptan\n") == std::vector<std::string>{"line 1: is not the header " +
                                                            std::string(clinician_file_header)});
  CHECK(errors_of(file_of("000000001,0000000006\n")) ==
        std::vector<std::string>{"line 2: has 2 fields instead of 3"});
  CHECK(errors_of(file_of("1,2,3\n000000001,0000000007,X00001\n")) ==
        std::vector<std::string>{
            "line 2, column taxpayerIdentificationNumber: is not nine digits",
            "line 2, column nationalProviderIdentifier: is not ten digits with their check digit",
            "line 2, column providerTransactionAccessNumber: is not 4 to 16 letters and digits",
            "line 3, column nationalProviderIdentifier: is not ten digits with their check digit"});
  CHECK(errors_of(file_of("\"000000001")) ==
        std::vector<std::string>{"line 2: opens a quote that is never closed"});
}
