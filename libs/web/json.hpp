#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json_fwd.hpp>

#include "web/response.hpp"

namespace web {

/// JSON text, built from values without a tree in between: for answers that are asked for often.
/// Written as the JSON library writes it, members in the order of their names.
class Json {
 public:
  using Member = std::pair<std::string_view, Json>;
  using Members = std::initializer_list<Member>;

  Json(std::nullptr_t) : text_("null") {}
  Json(std::same_as<bool> auto value) : text_(value ? "true" : "false") {}
  Json(std::integral auto value) requires(!std::same_as<decltype(value), bool>)
      : text_(std::to_string(value)) {}
  /// What is not well-formed UTF-8 becomes U+FFFD.
  Json(std::string_view value);
  Json(const std::string& value) : Json(std::string_view(value)) {}
  Json(const char* value) : Json(std::string_view(value)) {}
  template <class T>
  Json(const std::optional<T>& value) : Json(value ? Json(*value) : Json(nullptr)) {}
  /// An object. Names are not escaped: they are literals. Quickest when they are in order.
  Json(Members members) : Json(std::span<const Member>(members)) {}
  Json(std::span<const Member> members);

  static Json array() { return Json(Raw{}, "[]"); }
  Json& push_back(const Json& item);

  /// The value of a member that is left out.
  static Json absent() { return Json(Raw{}, ""); }

  const std::string& text() const { return text_; }

 private:
  struct Raw {};
  Json(Raw, std::string text) : text_(std::move(text)) {}

  std::string text_;
};

/// For values inside a tree.
void to_json(nlohmann::json& to, const Json& from);

Response to_response(int status, const Json& body);

}  // namespace web
