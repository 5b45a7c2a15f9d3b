#include "membership/http/cursor.hpp"

#include "auth/encoding.hpp"
#include "vocabulary/id.hpp"
#include "web/problem.hpp"

namespace membership {

namespace {

constexpr std::size_t limit_fallback = 50;
constexpr std::size_t limit_max = 200;
constexpr std::size_t cursor_characters_max = 512;
constexpr std::size_t seal_length = 16;
constexpr const char* foreign = "is not a cursor of this list";

std::string seal(std::string_view list, std::string_view id) {
  std::string sealed(list);
  sealed += '\n';
  sealed += id;
  return auth::sha256_hex(sealed).substr(0, seal_length);
}

}  // namespace

std::string make_cursor(std::string_view list, const std::string& last_id) {
  return auth::to_base64url(seal(list, last_id) + last_id);
}

PageQuery read_page(web::QueryReader& query, std::string_view list) {
  PageQuery page{
      .limit = static_cast<std::size_t>(query.integer("limit", 1, limit_max, limit_fallback)),
      .after = std::nullopt};
  const auto cursor = query.text("cursor", cursor_characters_max);
  if (!cursor) return page;
  const auto opened = auth::from_base64url(*cursor);
  if (opened && opened->size() > seal_length) {
    const std::string id = opened->substr(seal_length);
    if (vocabulary::is_uuid(id) && opened->substr(0, seal_length) == seal(list, id)) {
      page.after = id;
      return page;
    }
  }
  query.fail("cursor", foreign);
  return page;
}

void refuse_cursor(web::QueryReader& query) {
  query.fail("cursor", foreign);
  query.finish();
}

}  // namespace membership
