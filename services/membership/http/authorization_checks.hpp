#pragma once

#include "membership/service.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace membership {

// Named by its operationId in openapi.yaml.
web::Response check_authorizations(Service& service, const web::Request& request);

}  // namespace membership
