#include "vocabulary/utf8.hpp"

namespace vocabulary {

std::size_t character_size(std::string_view text) {
  const auto within = [&text](std::size_t i, unsigned low, unsigned high) {
    const auto byte = i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
    return low <= byte && byte <= high;
  };
  const auto tail = [&within](std::size_t i) { return within(i, 0x80, 0xBF); };
  if (within(0, 0x00, 0x7F)) return 1;
  if (within(0, 0xC2, 0xDF)) return tail(1) ? 2 : 0;
  if (within(0, 0xE0, 0xEF)) {
    // Neither overlong nor a surrogate.
    const unsigned low = within(0, 0xE0, 0xE0) ? 0xA0 : 0x80;
    const unsigned high = within(0, 0xED, 0xED) ? 0x9F : 0xBF;
    return within(1, low, high) && tail(2) ? 3 : 0;
  }
  if (within(0, 0xF0, 0xF4)) {
    // Neither overlong nor beyond U+10FFFF.
    const unsigned low = within(0, 0xF0, 0xF0) ? 0x90 : 0x80;
    const unsigned high = within(0, 0xF4, 0xF4) ? 0x8F : 0xBF;
    return within(1, low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace vocabulary
