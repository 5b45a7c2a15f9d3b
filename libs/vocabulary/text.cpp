#include "vocabulary/text.hpp"

#include <algorithm>

namespace vocabulary {

std::size_t count_characters(std::string_view utf8) {
  // Continuation bytes are 10xxxxxx; every other byte starts a character.
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char byte) { return (byte & '\xC0') != '\x80'; }));
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char character) {
    const auto byte = static_cast<unsigned char>(character);
    return byte < 0x20 || byte == 0x7F;
  });
}

std::string fold_case(std::string_view text) {
  std::string folded(text);
  for (char& character : folded) {
    if (character >= 'A' && character <= 'Z') character = static_cast<char>(character + 32);
  }
  return folded;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<EmailAddress> EmailAddress::parse(std::string_view text) {
  if (text.size() < 3 || text.size() > 254 || has_control_characters(text)) return std::nullopt;
  if (text.find_first_of(" <>,;:\"()\\[]") != std::string_view::npos) return std::nullopt;
  const auto at = text.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == text.size()) return std::nullopt;
  if (text.find('@', at + 1) != std::string_view::npos) return std::nullopt;
  return EmailAddress(std::string(text));
}

}  // namespace vocabulary
