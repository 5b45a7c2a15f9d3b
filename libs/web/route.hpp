#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "web/request.hpp"
#include "web/response.hpp"

namespace web {

using Handler = std::function<Response(const Request&)>;

/// Who may call an operation at all; what they may do is the operation's own rule.
enum class Access {
  anonymous,         // no token is read
  person,            // a person's access token
  person_with_totp,  // of a session signed in with TOTP, unless the policy switch is off
  service,           // a service credential (internal listener)
  partner,           // a partner's credential with the route's scope
};

/// One line of a service's route table. `operation` is the operationId in openapi.yaml.
struct Route {
  Method method;
  std::string path;  // "/v1/role-requests/{id}/approve"
  std::string operation;
  Access access;
  Handler handler;
  std::size_t body_max = 64 * 1024;  // bytes
  std::string scope = {};            // of Access::partner
};

/// The principal that a bearer token proves, if any.
using Authenticate = std::function<std::optional<auth::Principal>(std::string_view token)>;

}  // namespace web
