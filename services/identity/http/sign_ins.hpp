#pragma once

#include "identity/service.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace identity {

// Each handler is named by its operationId in openapi.yaml.
web::Response get_statement_of_truth(Service& service, const web::Request& request);
web::Response create_sign_in(Service& service, const web::Request& request);
web::Response send_sign_in_code(Service& service, const web::Request& request);
web::Response complete_sign_in(Service& service, const web::Request& request);

}  // namespace identity
