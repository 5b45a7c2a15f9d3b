#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <tuple>

#include <catch2/catch.hpp>

#include "files.hpp"

namespace {

struct Traced {
  std::string row;    // "S13"
  std::string level;  // "service"
  std::string test;

  auto operator<=>(const Traced&) const = default;
};

/// The rows of the table in tests/README.md.
std::vector<Traced> table() {
  static const std::regex line_of_table(R"(\| (S\d+) \| (\w+) \| (.+) \|)");
  std::vector<Traced> found;
  for (const auto& file : files::all()) {
    if (file.path != "tests/README.md") continue;
    for (const auto& line : file.lines) {
      std::smatch match;
      if (std::regex_match(line, match, line_of_table)) {
        found.push_back({match[1], match[2], match[3]});
      }
    }
  }
  return found;
}

/// {level, name} of every TEST_CASE; a name may be written in several literals.
std::set<std::pair<std::string, std::string>> tests() {
  static const std::regex test_case(R"re(TEST_CASE\(\s*((?:"[^"]*"\s*)+))re");
  static const std::regex between_literals(R"re("\s*"|^"|"\s*$)re");
  std::set<std::pair<std::string, std::string>> found;
  for (const auto* file : files::sources()) {
    if (!file->path.starts_with("tests/") || !file->path.ends_with("_test.cpp")) continue;
    const auto level_end = file->path.find('/', 6);
    const std::string level = file->path.substr(6, level_end - 6);
    for (auto line = file->lines.begin(); line != file->lines.end(); ++line) {
      if (!line->starts_with("TEST_CASE(")) continue;
      std::string text;
      for (auto part = line; part != file->lines.end(); ++part) {
        text += *part + "\n";
        if (part->ends_with("{")) break;
      }
      std::smatch match;
      if (std::regex_search(text, match, test_case)) {
        found.emplace(level, std::regex_replace(match[1].str(), between_literals, ""));
      }
    }
  }
  return found;
}

}  // namespace

TEST_CASE("Every test in the table of the guide's rows exists, and every row has one") {
  const auto existing = tests();
  std::set<std::string> rows;
  for (const auto& traced : table()) {
    INFO(traced.row << ": " << traced.level << ": " << traced.test);
    CHECK(existing.contains({traced.level, traced.test}));
    rows.insert(traced.row);
  }
  for (int row = 1; row <= 26; ++row) {
    INFO("S" << row);
    CHECK(rows.contains("S" + std::to_string(row)));
  }
}

TEST_CASE("Every test that is named after a row of the guide is in the table") {
  static const std::regex named_after_row(R"((S\d+): .*)");
  const auto traced = table();
  for (const auto& [level, name] : tests()) {
    std::smatch match;
    if (!std::regex_match(name, match, named_after_row)) continue;
    INFO(level << ": " << name);
    CHECK(std::find(traced.begin(), traced.end(), Traced{match[1], level, name}) != traced.end());
  }
}
