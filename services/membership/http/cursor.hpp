#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "web/request.hpp"

namespace membership {

/// One page of a list, as a client asks for it.
struct PageQuery {
  std::size_t limit;
  std::optional<std::string> after;  // id of the last item of the page before
};

/// Reads `limit` and `cursor`. A cursor is good for the list it came from only: `list` says which,
/// with all that selects its items. Another one is a fault of ?cursor.
PageQuery read_page(web::QueryReader& query, std::string_view list);

/// The cursor of the page behind item `last_id` of `list`. Tells nothing but the id.
std::string make_cursor(std::string_view list, const std::string& last_id);

/// Throws the fault of a cursor whose item is not in the list.
void refuse_cursor(web::QueryReader& query);

}  // namespace membership
