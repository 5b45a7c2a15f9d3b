#pragma once

#include <vector>

#include "membership/service.hpp"
#include "web/route.hpp"

namespace membership {

/// Every public operation, in the order of the manual. `service` outlives the routes.
std::vector<web::Route> routes(Service& service);

/// What other services call.
std::vector<web::Route> internal_routes(Service& service);

}  // namespace membership
