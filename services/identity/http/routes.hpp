#pragma once

#include <vector>

#include "identity/service.hpp"
#include "web/route.hpp"

namespace identity {

/// Every operation of the identity API, in the order of openapi.yaml.
std::vector<web::Route> routes(Service& service);

/// What the other services call.
std::vector<web::Route> internal_routes(Service& service);

/// Who a bearer token on the public listener is. Tokens for identity alone are good there, too:
/// somebody who has to change the password gets such.
web::Authenticate authenticate_people(const Service& service);
web::Authenticate authenticate_services(const Service& service);

}  // namespace identity
