#include "notification/http/pages.hpp"

#include <charconv>
#include <string_view>

#include "auth/encoding.hpp"
#include "vocabulary/id.hpp"

namespace notification {

namespace {

constexpr std::int64_t limit_max = 200;
constexpr std::int64_t limit_default = 50;
constexpr std::size_t cursor_characters_max = 200;

// "<Unix milliseconds>.<id>", in base64url.
std::optional<Position> parse_cursor(const std::string& cursor) {
  const auto text = auth::from_base64url(cursor);
  if (!text) return std::nullopt;
  const auto dot = text->find('.');
  if (dot == text->npos || !vocabulary::is_uuid(std::string_view(*text).substr(dot + 1))) {
    return std::nullopt;
  }
  std::int64_t at = 0;
  const char* const end = text->data() + dot;
  const auto read = std::from_chars(text->data(), end, at);
  if (read.ec != std::errc() || read.ptr != end || at < 0) return std::nullopt;
  return Position{.at = vocabulary::from_unix(at), .id = text->substr(dot + 1)};
}

}  // namespace

PageQuery read_page_query(web::QueryReader& query) {
  PageQuery page{.limit = query.integer("limit", 1, limit_max, limit_default),
                 .after = std::nullopt};
  if (const auto cursor = query.text("cursor", cursor_characters_max)) {
    page.after = parse_cursor(*cursor);
    if (!page.after) query.fail("cursor", "is not a nextCursor of this list");
  }
  return page;
}

std::string to_cursor(const Position& position) {
  return auth::to_base64url(std::to_string(vocabulary::to_unix(position.at)) + "." + position.id);
}

}  // namespace notification
