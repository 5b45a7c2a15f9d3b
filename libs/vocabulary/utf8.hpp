#pragma once

#include <cstddef>
#include <string_view>

namespace vocabulary {

/// Bytes of the UTF-8 character that starts `text`; 0 when it is empty or not well-formed
/// (RFC 3629, 4).
std::size_t character_size(std::string_view text);

}  // namespace vocabulary
