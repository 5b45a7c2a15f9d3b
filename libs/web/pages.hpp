#pragma once

#include <vector>

#include "web/route.hpp"
#include "web/server.hpp"

namespace web {

/// What every server serves about itself: /problems/{name} and, where there is one, /openapi.json.
std::vector<Route> pages(const ServerOptions& options);

}  // namespace web
