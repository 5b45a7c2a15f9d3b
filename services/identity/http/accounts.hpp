#pragma once

#include "identity/service.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace identity {

// Each handler is named by its operationId in openapi.yaml.
web::Response create_account(Service& service, const web::Request& request);
web::Response verify_email_address(Service& service, const web::Request& request);
web::Response send_verification_code(Service& service, const web::Request& request);
web::Response get_account(Service& service, const web::Request& request);
web::Response update_account(Service& service, const web::Request& request);
web::Response change_password(Service& service, const web::Request& request);
web::Response list_account_events(Service& service, const web::Request& request);

}  // namespace identity
