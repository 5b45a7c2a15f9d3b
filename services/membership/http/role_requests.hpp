#pragma once

#include "membership/service.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace membership {

// Each handler is named by its operationId in openapi.yaml.
web::Response create_role_request(Service& service, const web::Request& request);
web::Response get_role_request(Service& service, const web::Request& request);
web::Response approve_role_request(Service& service, const web::Request& request);
web::Response deny_role_request(Service& service, const web::Request& request);
web::Response decide_role_requests(Service& service, const web::Request& request);
web::Response reopen_role_request(Service& service, const web::Request& request);
web::Response withdraw_role_request(Service& service, const web::Request& request);
web::Response list_organization_role_requests(Service& service, const web::Request& request);
web::Response list_service_center_role_requests(Service& service, const web::Request& request);

}  // namespace membership
