#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace vocabulary {

/// Characters (code points) of valid UTF-8 text.
std::size_t count_characters(std::string_view utf8);

/// True when any byte is below 0x20 or is 0x7F: such text may forge headers, log lines or rows.
bool has_control_characters(std::string_view text);

/// ASCII letters in lower case, every other byte as it is. Keys are compared so in both databases.
std::string fold_case(std::string_view text);

/// The text without leading and trailing spaces and tabs.
std::string_view trim(std::string_view text);

/// An address that mail can be sent to without harm: one "@", 3 to 254 bytes, no control
/// character, space, quote, bracket, comma or semicolon (RFC 5321 without quoted local parts).
class EmailAddress {
 public:
  static std::optional<EmailAddress> parse(std::string_view text);

  const std::string& text() const { return text_; }
  /// What makes two spellings the same address.
  std::string key() const { return fold_case(text_); }

  friend bool operator==(const EmailAddress&, const EmailAddress&) = default;

 private:
  explicit EmailAddress(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

}  // namespace vocabulary
