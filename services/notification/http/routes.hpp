#pragma once

#include <vector>

#include "notification/service.hpp"
#include "web/route.hpp"

namespace notification {

/// Every operation of the notification API, in the order of openapi.yaml.
std::vector<web::Route> routes(Service& service);

/// What other services and operators call.
std::vector<web::Route> internal_routes(Service& service);

}  // namespace notification
