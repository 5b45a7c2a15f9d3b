#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "files.hpp"
#include "support/paths.hpp"

namespace {

// No line of a file whose path matches `files` has anything that matches `forbidden`.
struct Rule {
  const char* because;
  const char* files;
  const char* forbidden;
};

const Rule rules[] = {
    {"the domain takes time and ids as arguments", "services/[^/]+/domain/.*",
     R"(\bnow\(\)|_clock\b|\bnew_uuid\(|::generate\(|\brand\()"},
    {"the domain does no I/O", "services/[^/]+/domain/.*",
     R"(\b(printf|fprintf|puts|fopen|getenv|system)\()"},
    {"an unknown enumerator would be written as the first one", "(libs|services)/.*",
     "NLOHMANN_JSON_SERIALIZE_"
     "ENUM"},
    {"rows are read by type and place", "(libs|services)/.*",
     "soci::"
     "row"},
    {"all SQL of a service is in its storage", "services/[^/]+/(?!storage/).*\\.[ch]pp",
     R"(["(](SELECT|INSERT INTO|UPDATE|DELETE FROM) \w)"},
    {"SQL is a literal, never built", "(libs|services)/.*\\.[ch]pp",
     R"re((SELECT|INSERT|UPDATE|DELETE|WHERE|VALUES)\b[^"]*"\s*(\+|<<)|(\+|<<)\s*"[^"]*\b(SELECT|INSERT|UPDATE|DELETE|WHERE|VALUES|ORDER BY) )re"},
    {"nothing depends on the machine it was written on", ".*",
     "(^|[^\\w.-])/(work|root)"
     "/"},
    {"using a namespace in a header reaches everyone", "(libs|services)/.*\\.hpp",
     "^using namespace"},
};

}  // namespace

TEST_CASE("What the house forbids is nowhere written") {
  for (const auto& rule : rules) {
    const std::regex applies(rule.files);
    const std::regex forbidden(rule.forbidden);
    for (const auto& file : files::all()) {
      if (!std::regex_match(file.path, applies)) continue;
      for (std::size_t i = 0; i < file.lines.size(); ++i) {
        // Long lines are generated data, on which this regex engine would overflow its stack.
        if (file.lines[i].size() > 2'000) continue;
        INFO(file.path << " line " << i + 1 << ": " << file.lines[i] << "\nbut " << rule.because);
        CHECK_FALSE(std::regex_search(file.lines[i], forbidden));
      }
    }
  }
}

TEST_CASE("Every header guards itself with pragma once") {
  for (const auto* file : files::sources()) {
    if (!file->path.ends_with(".hpp")) continue;
    INFO(file->path);
    CHECK((!file->lines.empty() && file->lines.front() == "#pragma once"));
  }
}

TEST_CASE("A folder is named by what it holds") {
  static const std::set<std::string> empty_names = {"src",  "include", "core",   "common", "utils",
                                                    "impl", "dto",     "models", "manager"};
  for (const auto* file : files::sources()) {
    for (const auto& part : std::filesystem::path(file->path)) {
      INFO(file->path);
      CHECK_FALSE(empty_names.contains(part.string()));
    }
  }
}

TEST_CASE("Every library and service is on the map in ARCHITECTURE.md") {
  const auto& all = files::all();
  const auto map = std::find_if(all.begin(), all.end(), [](const files::File& file) {
    return file.path == "ARCHITECTURE.md";
  });
  REQUIRE(map != all.end());
  std::string text;
  for (const auto& line : map->lines) text += line + "\n";
  for (const char* top : {"libs", "services"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(testing::source_root()) / top)) {
      if (!entry.is_directory()) continue;
      INFO(entry.path());
      CHECK(text.find(entry.path().filename().string()) != std::string::npos);
    }
  }
}
