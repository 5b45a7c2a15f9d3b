#include "identity/http/tokens.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "auth/encoding.hpp"
#include "identity/http/form.hpp"
#include "identity/partner_clients.hpp"

namespace identity {

namespace {

web::Response oauth_error(int status, const char* error) {
  auto response = web::json_response(status, {{"error", error}});
  if (status == 401) response.with("WWW-Authenticate", "Basic realm=\"countersign\"");
  return response;
}

std::optional<BasicCredentials> credentials_of(const web::Request& request) {
  const auto* authorization = request.header("authorization");
  return authorization ? parse_basic_credentials(*authorization) : std::nullopt;
}

std::optional<std::map<std::string, std::string>> form_of(const web::Request& request) {
  const auto* content_type = request.header("content-type");
  return content_type && *content_type == "application/x-www-form-urlencoded"
             ? parse_form(request.body)
             : std::nullopt;
}

// Every client is compared, so that the time does not tell which of them exist.
const ServiceClient* find_client(const std::vector<ServiceClient>& clients,
                                 const BasicCredentials& credentials) {
  const std::string secret_sha256 = auth::sha256_hex(credentials.password);
  const ServiceClient* found = nullptr;
  for (const auto& client : clients) {
    const bool same_id = auth::equal_in_constant_time(client.id, credentials.user);
    const bool same_secret = auth::equal_in_constant_time(client.secret_sha256, secret_sha256);
    if (same_id && same_secret) found = &client;
  }
  return found;
}

}  // namespace

web::Response get_jwks(Service& service, const web::Request&) {
  return web::json_response(200, service.keys.to_jwks());
}

web::Response create_service_token(Service& service, const web::Request& request) {
  const auto credentials = credentials_of(request);
  const auto* client =
      credentials ? find_client(service.settings.service_clients, *credentials) : nullptr;
  if (client == nullptr) return oauth_error(401, "invalid_client");

  const auto form = form_of(request);
  if (!form || !form->contains("grant_type") || !form->contains("audience") || form->size() != 2) {
    return oauth_error(400, "invalid_request");
  }
  if (form->at("grant_type") != "client_credentials") {
    return oauth_error(400, "unsupported_grant_type");
  }
  const auto& audience = form->at("audience");
  const auto& allowed = client->audiences;
  if (std::find(allowed.begin(), allowed.end(), audience) == allowed.end()) {
    return oauth_error(400, "invalid_target");  // RFC 8707, 2
  }
  return web::json_response(
      200, {{"access_token", service.keys.sign_service_token(client->id, audience)},
            {"token_type", "Bearer"},
            {"expires_in", service.settings.service_token_lifetime.count()},
            {"scope", "events"}});
}

web::Response create_partner_token(Service& service, const web::Request& request) {
  const auto credentials = credentials_of(request);
  const auto client = credentials
                          ? find_partner_client(service, credentials->user, credentials->password)
                          : std::nullopt;
  if (!client) return oauth_error(401, "invalid_client");

  const auto form = form_of(request);
  const bool narrowed = form && form->contains("scope");
  if (!form || !form->contains("grant_type") || form->size() != (narrowed ? 2 : 1)) {
    return oauth_error(400, "invalid_request");
  }
  if (form->at("grant_type") != "client_credentials") {
    return oauth_error(400, "unsupported_grant_type");
  }
  if (narrowed && form->at("scope") != client->scope) return oauth_error(400, "invalid_scope");
  return web::json_response(200, {{"access_token", service.keys.sign_partner_token(*client)},
                                  {"token_type", "Bearer"},
                                  {"expires_in", service.settings.service_token_lifetime.count()},
                                  {"scope", client->scope}});
}

}  // namespace identity
