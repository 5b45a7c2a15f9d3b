#pragma once

#include "membership/service.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace membership {

// Each handler is named by its operationId in openapi.yaml.
web::Response get_manage_access(Service& service, const web::Request& request);
web::Response find_organization(Service& service, const web::Request& request);
web::Response get_organization(Service& service, const web::Request& request);

}  // namespace membership
