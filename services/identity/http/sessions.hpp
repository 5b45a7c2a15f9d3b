#pragma once

#include "identity/service.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace identity {

// Each handler is named by its operationId in openapi.yaml.
web::Response refresh_tokens(Service& service, const web::Request& request);
web::Response sign_out(Service& service, const web::Request& request);
web::Response list_sessions(Service& service, const web::Request& request);
web::Response revoke_session(Service& service, const web::Request& request);

}  // namespace identity
