#pragma once

#include <string>
#include <vector>

/// The project's own files, as the rules of the house see them.
namespace files {

struct File {
  std::string path;  // from the project's root
  std::vector<std::string> lines;
};

/// Everything that is kept: neither build trees, run-time data, nor what npm fetched.
const std::vector<File>& all();

/// C++ sources and headers under libs/, services/ and tests/.
std::vector<const File*> sources();

/// What the file includes, as written between the quotes or brackets.
std::vector<std::string> includes_of(const File& file);

}  // namespace files
