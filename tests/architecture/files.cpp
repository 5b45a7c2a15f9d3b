#include "files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>

#include "support/paths.hpp"

namespace files {

namespace fs = std::filesystem;

namespace {

bool is_kept(const fs::path& directory) {
  const std::string name = directory.filename().string();
  return name != ".git" && name != "build" && name != "var" && name != "node_modules";
}

File read(const fs::path& path) {
  File file{fs::relative(path, testing::source_root()).string(), {}};
  std::ifstream input(path);
  for (std::string line; std::getline(input, line);) file.lines.push_back(line);
  return file;
}

std::vector<File> read_all() {
  std::vector<File> found;
  for (fs::recursive_directory_iterator it(testing::source_root()), end; it != end; ++it) {
    if (it->is_directory() && !is_kept(it->path())) it.disable_recursion_pending();
    if (it->is_regular_file() && it->path().filename() != ".git") found.push_back(read(it->path()));
  }
  std::sort(found.begin(), found.end(),
            [](const File& left, const File& right) { return left.path < right.path; });
  return found;
}

}  // namespace

const std::vector<File>& all() {
  static const std::vector<File> files = read_all();
  return files;
}

std::vector<const File*> sources() {
  static const std::regex source("(libs|services|tests)/.*\\.(cpp|hpp)");
  std::vector<const File*> found;
  for (const auto& file : all()) {
    if (std::regex_match(file.path, source)) found.push_back(&file);
  }
  return found;
}

std::vector<std::string> includes_of(const File& file) {
  static const std::regex include(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
  std::vector<std::string> included;
  for (const auto& line : file.lines) {
    std::smatch match;
    if (std::regex_search(line, match, include)) included.push_back(match[1]);
  }
  return included;
}

}  // namespace files
