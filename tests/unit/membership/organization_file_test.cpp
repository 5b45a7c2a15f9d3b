#include "membership/domain/organization_file.hpp"

#include <catch2/catch.hpp>

using namespace membership;

namespace {

const std::string header = std::string(organization_file_header) + "\r\n";
const std::string acme = "practice,000000001,\"Acme Clinic, LLC\",000000001,1 Main Street,\r\n";

std::vector<std::string> faults_of(const std::string& text) {
  const auto parsed = parse_organization_file(text);
  std::vector<std::string> faults;
  if (parsed) return faults;
  for (const auto& error : parsed.error()) faults.push_back(to_text(error));
  return faults;
}

using Faults = std::vector<std::string>;

}  // namespace

TEST_CASE("A CSV field in quotes holds commas, line breaks and doubled quotes") {
  const auto file = parse_csv("a,\"b, \"\"c\"\"\r\nd\"\r\n\"\",e\n");

  CHECK_FALSE(file.broken);
  CHECK(file.records == std::vector<CsvRecord>{{1, {"a", "b, \"c\"\r\nd"}}, {3, {"", "e"}}});
}

TEST_CASE("A CSV file may end without a line break, and holds a field at least per line") {
  CHECK(parse_csv("a,b").records == std::vector<CsvRecord>{{1, {"a", "b"}}});
  CHECK(parse_csv("a,").records == std::vector<CsvRecord>{{1, {"a", ""}}});
  CHECK(parse_csv("\n").records == std::vector<CsvRecord>{{1, {""}}});
  CHECK(parse_csv("").records.empty());
}

TEST_CASE("A CSV file that is not RFC 4180 is named by line") {
  const auto [text, line] = GENERATE(table<std::string, std::size_t>({
      {"a\nb\"c\n", 2},
      {"a\n\"b\"c\n", 2},
      {"a\n\"b\n\nc", 2},
      {"a\rb\n", 1},
      {"a\n\n\xC3(\n", 3},
      {"a\n\xED\xA0\x80\n", 2},
      {"a\n\xC0\xAF\n", 2},
      {"\xEF\xBB\xBF"
       "a\n",
       1},
      {std::string("a\nb\0c\n", 6), 2},
  }));
  CAPTURE(text);
  const auto file = parse_csv(text);

  REQUIRE(file.broken);
  CHECK(file.broken->line == line);
}

TEST_CASE("An import file gives one organization a line") {
  const auto official = AccountId::generate();
  const auto parsed = parse_organization_file(
      header + acme + "virtualGroup,VG000001,Rural Group,000000002,\"2 High Street\nHilltown\"," +
      official.text() + "\n");

  // The only control characters an address may not hold are line breaks.
  REQUIRE_FALSE(parsed);
  CHECK(faults_of(header + acme) == Faults{});
  const auto good = parse_organization_file(
      header + acme + "virtualGroup,VG000001,Rural Group,000000002,2 High Street," +
      official.text());
  REQUIRE(good);
  REQUIRE(good->size() == 2);
  CHECK(good->at(0).name == "Acme Clinic, LLC");
  CHECK_FALSE(good->at(0).security_official);
  CHECK(good->at(1).type == OrganizationType::virtual_group);
  CHECK(good->at(1).security_official == official);
}

TEST_CASE("Every fault of an import file is named by line and column") {
  CHECK(faults_of(header + acme + "clinic,1,,12345678,\x7F,me\r\n" + acme +
                  "practice,000000003,B ,000000004,C\r\n" +
                  "practice,000000003,B ,000000004,C,\r\n") ==
        Faults{
            "line 3, column type: is not practice, apmEntity, virtualGroup or registry",
            "line 3, column name: is missing",
            "line 3, column taxpayerIdentificationNumber: is not nine digits",
            "line 3, column address: has control characters",
            "line 3, column securityOfficialAccountId: is not an account id",
            "line 5: has 5 fields instead of 6",
            "line 6, column name: starts or ends with white space",
            "line 6, column taxpayerIdentificationNumber: differs from the identifier of the "
            "practice",
        });
}

TEST_CASE("An import file without the exact header is refused") {
  const Faults wrong_header{"line 1: is not the header " + std::string(organization_file_header)};
  CHECK(faults_of("") == wrong_header);
  CHECK(faults_of(acme) == wrong_header);
  CHECK(faults_of("Type" + header.substr(4)) == wrong_header);
}

TEST_CASE("Lines about the same organization agree in all but the Security Official") {
  const auto first = AccountId::generate().text();
  const auto second = AccountId::generate().text();
  const std::string start = "practice,000000001,Acme,000000001,1 Main Street,";

  CHECK(faults_of(header + start + first + "\n" + start + second + "\n") == Faults{});
  CHECK(faults_of(header + start + first + "\npractice,000000001,Acne,000000001,2 Main Street," +
                  second) == Faults{"line 3, column name: differs from line 2",
                                    "line 3, column address: differs from line 2"});
}

TEST_CASE("At most fifty faults of an import file are listed") {
  std::string text = header;
  for (int i = 0; i < 200; ++i) text += "x,x,,x,,x\n";
  CHECK(faults_of(text).size() == file_errors_max);
}

TEST_CASE("No fault of an import file repeats what the file holds") {
  for (const auto& fault : faults_of(header + "practice,123456789,A,987654321,B,\n")) {
    CHECK(fault.find("123456789") == std::string::npos);
    CHECK(fault.find("987654321") == std::string::npos);
  }
}
