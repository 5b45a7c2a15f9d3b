#pragma once

#include "membership/service.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace membership {

// Each handler is named by its operationId in openapi.yaml.
web::Response list_registrations(Service& service, const web::Request& request);
web::Response register_organization(Service& service, const web::Request& request);
web::Response cancel_registration(Service& service, const web::Request& request);

}  // namespace membership
