#pragma once

#include "identity/service.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace identity {

// Each handler is named by its operationId in openapi.yaml.
web::Response start_totp_enrolment(Service& service, const web::Request& request);
web::Response confirm_totp_enrolment(Service& service, const web::Request& request);
web::Response replace_recovery_codes(Service& service, const web::Request& request);

}  // namespace identity
