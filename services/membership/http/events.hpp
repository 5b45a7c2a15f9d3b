#pragma once

#include "membership/service.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace membership {

web::Response receive_events(Service& service, const web::Request& request);

}  // namespace membership
