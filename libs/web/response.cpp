#include "web/response.hpp"

#include <nlohmann/json.hpp>

namespace web {

Response json_response(int status, const nlohmann::json& body) {
  return {status, "application/json",
          body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

Response no_content() {
  return {204, "", ""};
}

std::string entity_tag(std::int64_t version) {
  return '"' + std::to_string(version) + '"';
}

}  // namespace web
