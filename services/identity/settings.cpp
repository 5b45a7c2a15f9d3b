#include "identity/settings.hpp"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace identity {

namespace {

bool is_sha256_hex(const std::string& text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

std::vector<ServiceClient> parse_service_clients(const std::string& json) {
  const auto parsed = nlohmann::json::parse(json, nullptr, false);
  if (!parsed.is_array()) throw std::invalid_argument("must be a JSON array");
  std::vector<ServiceClient> clients;
  try {
    for (const auto& each : parsed) {
      clients.push_back({.id = each.at("clientId").get<std::string>(),
                         .secret_sha256 = each.at("clientSecretSha256").get<std::string>(),
                         .audiences = each.at("audiences").get<std::vector<std::string>>()});
    }
  } catch (const nlohmann::json::exception&) {
    throw std::invalid_argument("needs clientId, clientSecretSha256 and audiences in each object");
  }
  for (const auto& client : clients) {
    if (!is_sha256_hex(client.secret_sha256)) {
      throw std::invalid_argument("needs 64 lower-case hex digits as clientSecretSha256");
    }
  }
  return clients;
}

}  // namespace identity
