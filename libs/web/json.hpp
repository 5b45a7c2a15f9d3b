#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json_fwd.hpp>

#include "web/response.hpp"

namespace web {

class Json;

/// A value on its way into Json. It only looks at the text that it is made of, which is to live as
/// long as it: as temporaries do in a list of members.
class JsonValue {
 public:
  JsonValue(std::nullptr_t) : text_("null") {}
  JsonValue(std::same_as<bool> auto value) : text_(value ? "true" : "false") {}
  JsonValue(std::integral auto value) requires(!std::same_as<decltype(value), bool>)
      : kind_(Kind::integer), integer_(static_cast<std::int64_t>(value)) {}
  /// What is not well-formed UTF-8 becomes U+FFFD.
  JsonValue(std::string_view value) : kind_(Kind::text), text_(value) {}
  JsonValue(const std::string& value) : JsonValue(std::string_view(value)) {}
  JsonValue(const char* value) : JsonValue(std::string_view(value)) {}
  template <class T>
  JsonValue(const std::optional<T>& value) : JsonValue(value ? JsonValue(*value) : nullptr) {}
  JsonValue(const std::same_as<Json> auto& value) : text_(value.text()) {}

  bool is_absent() const { return kind_ == Kind::json && text_.empty(); }
  /// Of the JSON, at most, unless characters are to be escaped.
  std::size_t size() const { return kind_ == Kind::integer ? 20 : text_.size() + 2; }
  void append_to(std::string& json) const;

 private:
  enum class Kind { json, integer, text };

  Kind kind_ = Kind::json;
  std::int64_t integer_ = 0;
  std::string_view text_;
};

/// JSON text, built from values without a tree in between: for answers that are asked for often.
/// Written as the JSON library writes it, members in the order of their names.
class Json {
 public:
  using Member = std::pair<std::string_view, JsonValue>;
  using Members = std::initializer_list<Member>;

  template <std::convertible_to<JsonValue> T>
  Json(const T& value) {
    JsonValue(value).append_to(text_);
  }
  /// An object. Names are not escaped: they are literals. Quickest when they are in order.
  Json(Members members) : Json(std::span<const Member>(members)) {}
  Json(std::span<const Member> members);

  static Json array() { return Json(Raw{}, "[]"); }
  Json& push_back(const JsonValue& item);

  /// The value of a member that is left out.
  static Json absent() { return Json(Raw{}, ""); }

  const std::string& text() const& { return text_; }
  std::string text() && { return std::move(text_); }

 private:
  struct Raw {};
  Json(Raw, std::string text) : text_(std::move(text)) {}

  std::string text_;
};

/// For values inside a tree.
void to_json(nlohmann::json& to, const Json& from);

Response to_response(int status, Json body);

}  // namespace web
