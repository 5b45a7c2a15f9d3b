#include "web/problem.hpp"

#include <utility>

namespace web {

Problem::Problem(const ProblemType& problem_type, std::vector<FieldError> field_errors)
    : type(&problem_type),
      detail(field_errors.size() == 1 ? "One value is not acceptable."
                                      : "Some values are not acceptable."),
      errors(std::move(field_errors)) {}

void to_json(nlohmann::json& to, const Problem& problem) {
  to = problem.members;
  to["type"] = std::string("/problems/") + problem.type->name;
  to["title"] = problem.type->title;
  to["status"] = problem.type->status;
  to["detail"] = problem.detail;
  if (!problem.errors.empty()) {
    auto& errors = to["errors"] = nlohmann::json::array();
    for (const auto& error : problem.errors) {
      errors.push_back({{"pointer", error.pointer}, {"detail", error.detail}});
    }
  }
}

Response to_response(const Problem& problem) {
  auto response = json_response(problem.type->status, problem);
  response.content_type = "application/problem+json";
  if (problem.type->status == 401) response.with("WWW-Authenticate", "Bearer");
  if (problem.retry_after_seconds > 0) {
    response.with("Retry-After", std::to_string(problem.retry_after_seconds));
  }
  return response;
}

namespace problems {

const ProblemType malformed_request{400, "malformed-request", "Malformed request",
                                    "The request could not be read: its framing, its JSON or one "
                                    "of its headers is not well formed. "
                                    "Sending it again unchanged gives the same answer."};
const ProblemType unauthenticated{401, "unauthenticated", "Not signed in",
                                  "The request carries no valid access token. Sign in, or refresh "
                                  "the tokens, and send it again."};
const ProblemType forbidden{
    403, "forbidden", "Not for this kind of caller",
    "The operation is not for this kind of caller: what people, services and partners call is not "
    "for one another."};
const ProblemType second_factor_too_weak{
    403, "second-factor-too-weak", "A stronger second factor is needed",
    "The operation needs a session that was signed in with an authenticator app (TOTP). Sign in "
    "again with one."};
const ProblemType insufficient_scope{
    403, "insufficient-scope", "Insufficient scope",
    "The access token does not carry the scope that this operation needs. Ask those who run the "
    "service for a credential that has it."};
const ProblemType not_found{404, "not-found", "Not found",
                            "There is nothing at this address, or nothing that you may see."};
const ProblemType method_not_allowed{
    405, "method-not-allowed", "Method not allowed",
    "The address exists, but not for this method. The Allow header lists the methods that work."};
const ProblemType request_timeout{
    408, "request-timeout", "Request timeout",
    "The request did not arrive completely in the time allowed. The connection is closed."};
const ProblemType content_too_large{
    413, "content-too-large", "Content too large",
    "The body is larger than this operation accepts. The connection is closed."};
const ProblemType uri_too_long{
    414, "uri-too-long", "URI too long",
    "The address is longer than the server accepts. The connection is closed."};
const ProblemType unsupported_media_type{
    415, "unsupported-media-type", "Unsupported media type",
    "The body is not of a media type that this operation reads. Send application/json in UTF-8."};
const ProblemType precondition_failed{
    412, "precondition-failed", "Precondition failed",
    "The resource has changed since the version named in If-Match. Load it again and decide anew."};
const ProblemType precondition_required{
    428, "precondition-required", "Precondition required",
    "This operation needs the header If-Match with the ETag of what was shown."};
const ProblemType invalid_fields{
    422, "invalid-fields", "Invalid fields",
    "The request is well formed, but values in it are not acceptable. The member errors names each "
    "by its pointer."};
const ProblemType idempotency_key_reused{
    422, "idempotency-key-reused", "Idempotency key reused",
    "The Idempotency-Key was used before with another request. Use a new key for a new request."};
const ProblemType too_many_requests{
    429, "too-many-requests", "Too many requests",
    "You did this too often. The Retry-After header says in how many seconds to try again."};
const ProblemType headers_too_large{
    431, "headers-too-large", "Headers too large",
    "The headers are too large or too many. The connection is closed."};
const ProblemType internal{
    500, "internal", "Internal error",
    "The server failed to answer. The requestId helps those who operate it to find out why."};
const ProblemType not_implemented{
    501, "not-implemented", "Not implemented",
    "The server does not know this method or transfer coding. The connection is closed."};
const ProblemType unavailable{
    503, "unavailable", "Unavailable",
    "The server cannot answer now. Nothing was done, unless the detail says that this is not "
    "known. Try again after the seconds in Retry-After, with the same Idempotency-Key."};
const ProblemType version_not_supported{
    505, "version-not-supported", "HTTP version not supported",
    "The server speaks HTTP/1.1 and HTTP/1.0. The connection is closed."};

const std::vector<const ProblemType*>& all() {
  static const std::vector<const ProblemType*> types = {&malformed_request,
                                                        &unauthenticated,
                                                        &forbidden,
                                                        &second_factor_too_weak,
                                                        &insufficient_scope,
                                                        &not_found,
                                                        &method_not_allowed,
                                                        &request_timeout,
                                                        &content_too_large,
                                                        &uri_too_long,
                                                        &unsupported_media_type,
                                                        &precondition_failed,
                                                        &precondition_required,
                                                        &invalid_fields,
                                                        &idempotency_key_reused,
                                                        &too_many_requests,
                                                        &headers_too_large,
                                                        &internal,
                                                        &not_implemented,
                                                        &unavailable,
                                                        &version_not_supported};
  return types;
}

}  // namespace problems

}  // namespace web
