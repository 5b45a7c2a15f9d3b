#include "support/paths.hpp"

namespace testing {

std::string source_root() {
  return SOURCE_ROOT;
}

std::string build_root() {
  return BUILD_ROOT;
}

}  // namespace testing
