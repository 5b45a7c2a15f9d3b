#include "membership/http/cursor.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "auth/encoding.hpp"
#include "vocabulary/id.hpp"
#include "web/problem.hpp"

namespace membership {

namespace {

constexpr std::size_t limit_fallback = 50;
constexpr std::size_t limit_max = 200;
constexpr std::size_t cursor_characters_max = 512;
constexpr std::size_t seal_length = 16;
constexpr std::size_t id_length = 36;
constexpr const char* foreign = "is not a cursor of this list, or the list has changed there";

std::string seal(std::string_view list, std::string_view text) {
  return auth::to_hex(auth::hmac_sha256(list, text)).substr(0, seal_length);
}

}  // namespace

std::string list_of(const Service& service, const web::Request& request) {
  auto query = request.query;
  std::erase_if(query, [](const auto& parameter) {
    return parameter.first == "cursor" || parameter.first == "limit";
  });
  std::sort(query.begin(), query.end());
  const nlohmann::json list{request.caller().subject, request.path, query};
  return auth::hmac_sha256(auth::hmac_sha256(service.settings.audit_key, "cursors"), list.dump());
}

std::string make_cursor(std::string_view list, const std::string& last_id,
                        const std::string& mark) {
  const std::string text = last_id + mark;
  return auth::to_base64url(seal(list, text) + text);
}

std::string mark_of(std::string_view list, const std::string& position) {
  return seal(list, "position " + position);
}

PageQuery read_page(web::QueryReader& query, std::string_view list) {
  PageQuery page{
      .limit = static_cast<std::size_t>(query.integer("limit", 1, limit_max, limit_fallback)),
      .after = std::nullopt,
      .mark = ""};
  const auto cursor = query.text("cursor", cursor_characters_max);
  if (!cursor) return page;
  const auto opened = auth::from_base64url(*cursor);
  if (opened && opened->size() > seal_length) {
    const std::string text = opened->substr(seal_length);
    const std::string id = text.substr(0, id_length);
    if (vocabulary::is_uuid(id) &&
        auth::equal_in_constant_time(opened->substr(0, seal_length), seal(list, text))) {
      page.after = id;
      page.mark = text.substr(id_length);
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

std::optional<vocabulary::Timestamp> read_instant(web::QueryReader& query, const char* name) {
  constexpr std::size_t instant_characters = 24;
  const auto given = query.text(name, instant_characters);
  if (!given) return std::nullopt;
  const auto instant = vocabulary::parse_timestamp(*given);
  if (!instant) query.fail(name, "is not an instant such as 2026-01-31T12:00:00.000Z");
  return instant;
}

}  // namespace membership
