#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "notification/http/json.hpp"
#include "notification/notifications.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace notification {

/// What `limit` and `cursor` of a request ask for.
struct PageQuery {
  std::int64_t limit;
  std::optional<Position> after;
};

PageQuery read_page_query(web::QueryReader& query);

/// The opaque form of a position.
std::string to_cursor(const Position& position);

template <class Item>
web::Response page_response(const Page<Item>& page) {
  nlohmann::json next_cursor;
  if (page.next) next_cursor = to_cursor(*page.next);
  return web::json_response(
      200, {{"items", nlohmann::json(page.items)}, {"nextCursor", std::move(next_cursor)}});
}

}  // namespace notification
