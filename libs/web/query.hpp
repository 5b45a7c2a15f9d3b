#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace web {

/// The parameters of a query in order, decoded ("+" is a space, as forms write it).
/// nullopt when a percent-encoding is broken or the text is not UTF-8.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

}  // namespace web
