#pragma once

#include "membership/service.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace membership {

// Each handler is named by its operationId in openapi.yaml.
web::Response list_organization_audit(Service& service, const web::Request& request);
web::Response export_service_center_audit(Service& service, const web::Request& request);

}  // namespace membership
