#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "membership/service.hpp"
#include "vocabulary/timestamp.hpp"
#include "web/request.hpp"

namespace membership {

/// What a cursor is good for, as only this service can say it: the caller, and their query but for
/// `limit` and `cursor`.
std::string list_of(const Service& service, const web::Request& request);

/// One page of a list, as a client asks for it.
struct PageQuery {
  std::size_t limit;
  std::optional<std::string> after;  // id of the last item of the page before
  std::string mark;                  // as given to make_cursor()
};

/// Reads `limit` and `cursor`. A cursor is good for the list it came from only; another one is a
/// fault of ?cursor.
PageQuery read_page(web::QueryReader& query, std::string_view list);

/// The cursor of the page behind item `last_id` of `list`. Tells nothing but the id and the mark.
std::string make_cursor(std::string_view list, const std::string& last_id,
                        const std::string& mark = "");

/// A mark by which is seen whether the item still stands at `position`; tells nothing of it.
std::string mark_of(std::string_view list, const std::string& position);

/// Throws the fault of a cursor whose item is not in the list, or no longer where it was.
void refuse_cursor(web::QueryReader& query);

/// An instant as the API writes them.
std::optional<vocabulary::Timestamp> read_instant(web::QueryReader& query, const char* name);

}  // namespace membership
