#pragma once

#include "identity/service.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace identity {

// Each handler is named by its operationId in openapi.yaml.
web::Response get_jwks(Service& service, const web::Request& request);
/// The client-credentials grant of RFC 6749, 4.4. Its refusals are those of RFC 6749, 5.2, as
/// OAuth clients expect, and no problems.
web::Response create_service_token(Service& service, const web::Request& request);
/// The same grant for partners, on the public listener.
web::Response create_partner_token(Service& service, const web::Request& request);

}  // namespace identity
