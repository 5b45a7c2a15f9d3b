#pragma once

#include <string_view>

namespace identity {

/// The text of common_passwords.txt: one password a line, ASCII letters in lower case.
std::string_view common_passwords();

}  // namespace identity
