#pragma once

#include <string>

namespace api {

/// The bundle of openapi.yaml, as JSON: what a service serves at /openapi.json.
const std::string& openapi_document();

}  // namespace api
