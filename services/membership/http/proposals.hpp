#pragma once

#include "membership/service.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace membership {

// Each handler is named by its operationId in openapi.yaml.
web::Response propose_removal(Service& service, const web::Request& request);
web::Response propose_appointment(Service& service, const web::Request& request);
web::Response propose_decision(Service& service, const web::Request& request);
web::Response list_proposals(Service& service, const web::Request& request);
web::Response get_proposal(Service& service, const web::Request& request);
web::Response confirm_proposal(Service& service, const web::Request& request);
web::Response reject_proposal(Service& service, const web::Request& request);

}  // namespace membership
