#pragma once

#include <string>

namespace testing {

/// The checkout, and the folder it is built in: known to one file only, so that a compiler cache
/// serves the others in every checkout.
std::string source_root();
std::string build_root();

}  // namespace testing
