#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/document.hpp"

namespace contract {

using Json = nlohmann::ordered_json;

inline const Json& document() {
  static const Json parsed = Json::parse(api::openapi_document());
  return parsed;
}

/// What a reference of the document stands for.
inline const Json& resolve(const Json& thing) {
  if (!thing.contains("$ref")) return thing;
  const auto pointer = thing.at("$ref").get<std::string>().substr(1);
  return resolve(document().at(Json::json_pointer(pointer)));
}

struct Operation {
  std::string method;  // "POST"
  std::string path;    // with its {names}
  Json description;

  std::string id() const { return description.at("operationId"); }
  std::string service() const { return description.at("x-service"); }
  std::string access() const { return description.at("x-access"); }
};

inline std::vector<Operation> operations() {
  std::vector<Operation> all;
  for (const auto& [path, item] : document().at("paths").items()) {
    for (const auto& [method, description] : item.items()) {
      if (method == "parameters") continue;
      std::string upper = method;
      for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
      all.push_back({upper, path, description});
    }
  }
  return all;
}

}  // namespace contract
