#pragma once

#include <exception>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "web/response.hpp"

namespace web {

/// One kind of problem: its name is part of the contract, clients branch on it. Each is a constant;
/// `meaning` is the page served at /problems/<name>.
struct ProblemType {
  int status;           // 4xx or 5xx
  const char* name;     // kebab-case
  const char* title;    // a few words, the same for every occurrence
  const char* meaning;  // what it means and what the caller can do
};

/// What is wrong with one field.
struct FieldError {
  std::string pointer;  // JSON pointer into the body ("/role"), or "?limit", "If-Match" for others
  std::string detail;
};

/// A refused request, told as RFC 9457 problem details. Handlers return one by to_response();
/// the readers of this library throw one, because a handler has nothing to add.
struct Problem : std::exception {
  Problem(const ProblemType& problem_type, std::string problem_detail)
      : type(&problem_type), detail(std::move(problem_detail)) {}
  Problem(const ProblemType& problem_type, std::vector<FieldError> field_errors);

  const ProblemType* type;
  std::string detail;  // a sentence for a person; never holds input that may be secret
  std::vector<FieldError> errors;
  nlohmann::json members =
      nlohmann::json::object();  // extension members, such as the present state
  int retry_after_seconds = 0;   // sends Retry-After when positive

  const char* what() const noexcept override { return detail.c_str(); }
};

/// The problem details themselves, where they are part of another answer.
void to_json(nlohmann::json& to, const Problem& problem);
Response to_response(const Problem& problem);

/// The problems of every service; services add their own types to ServerOptions.
namespace problems {
extern const ProblemType malformed_request;       // 400
extern const ProblemType unauthenticated;         // 401, with WWW-Authenticate
extern const ProblemType forbidden;               // 403: this kind of caller may not
extern const ProblemType second_factor_too_weak;  // 403: needs a session signed in with TOTP
extern const ProblemType insufficient_scope;      // 403: the partner's credential lacks the scope
extern const ProblemType not_found;               // 404
extern const ProblemType method_not_allowed;      // 405, with Allow
extern const ProblemType request_timeout;         // 408
extern const ProblemType content_too_large;       // 413
extern const ProblemType uri_too_long;            // 414
extern const ProblemType unsupported_media_type;  // 415
extern const ProblemType precondition_failed;     // 412
extern const ProblemType precondition_required;   // 428
extern const ProblemType invalid_fields;          // 422, with errors[]
extern const ProblemType idempotency_key_reused;  // 422: same key, another request
extern const ProblemType too_many_requests;       // 429, with Retry-After
extern const ProblemType headers_too_large;       // 431
extern const ProblemType internal;                // 500
extern const ProblemType not_implemented;         // 501: unknown method or transfer coding
extern const ProblemType unavailable;             // 503, with Retry-After
extern const ProblemType version_not_supported;   // 505
/// All of the above.
const std::vector<const ProblemType*>& all();
}  // namespace problems

}  // namespace web
