#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace vocabulary {

/// A UUIDv7 (RFC 9562) in canonical lower-case text. Strictly increasing within this process.
std::string new_uuid();

/// True for 36 characters of canonical lower-case UUID text, of any version.
bool is_uuid(std::string_view text);

/// A UUID that knows what it identifies: an AccountId is never passed for an OrganizationId.
template <class Entity>
class Id {
 public:
  static Id generate() { return Id(new_uuid()); }

  static std::optional<Id> parse(std::string_view text) {
    if (!is_uuid(text)) return std::nullopt;
    return Id(std::string(text));
  }

  const std::string& text() const { return text_; }

  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  explicit Id(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

using AccountId = Id<struct Account>;

}  // namespace vocabulary
