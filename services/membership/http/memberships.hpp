#pragma once

#include "membership/service.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace membership {

// Each handler is named by its operationId in openapi.yaml.
web::Response list_members(Service& service, const web::Request& request);
web::Response list_service_center_members(Service& service, const web::Request& request);
web::Response get_membership(Service& service, const web::Request& request);
web::Response remove_membership(Service& service, const web::Request& request);

}  // namespace membership
