#include "web/respond.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <typeinfo>

#include <cxxabi.h>

#include "database/database.hpp"
#include "vocabulary/id.hpp"
#include "vocabulary/text.hpp"
#include "web/pages.hpp"
#include "web/query.hpp"

namespace web {

namespace {

constexpr std::size_t body_max_without_route = 64 * 1024;

std::vector<Route> with_pages(const ServerOptions& options, std::vector<Route> routes) {
  for (auto& page : pages(options)) routes.push_back(std::move(page));
  return routes;
}

bool is_request_id(std::string_view text) {
  return text.size() >= 8 && text.size() <= 64 &&
         text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
             std::string_view::npos;
}

std::string_view bearer_token(const Request& request) {
  const auto* header = request.header("authorization");
  if (header == nullptr) return {};
  const auto space = header->find(' ');
  if (space == std::string::npos || vocabulary::fold_case(header->substr(0, space)) != "bearer") {
    return {};
  }
  return vocabulary::trim(std::string_view(*header).substr(space));
}

// The text of such exceptions may repeat values: what people sent or what is stored.
bool may_hold_values(std::string_view type) {
  return type.starts_with("database::") || type.starts_with("soci::") ||
         type.starts_with("nlohmann::");
}

std::string describe(const std::exception& error) {
  const std::unique_ptr<char, decltype(&std::free)> demangled(
      abi::__cxa_demangle(typeid(error).name(), nullptr, nullptr, nullptr), &std::free);
  std::string type = demangled ? demangled.get() : typeid(error).name();
  return may_hold_values(type) ? type : type + ": " + error.what();
}

// Whom a route that is not anonymous is for, and what others are told.
std::pair<auth::Principal::Kind, const char*> callers_of(Access access) {
  using Kind = auth::Principal::Kind;
  switch (access) {
    case Access::anonymous: break;
    case Access::person:
    case Access::person_with_totp: return {Kind::person, "This operation is for people."};
    case Access::service: return {Kind::service, "This operation is for services."};
    case Access::partner: return {Kind::partner, "This operation is for partners."};
  }
  throw std::logic_error("an anonymous route has no kind of caller");
}

Problem internal_error() {
  return {problems::internal, "The server failed to answer."};
}

}  // namespace

Responder::Responder(const ServerOptions& options, std::vector<Route> routes,
                     Authenticate authenticate)
    : totp_required_(options.totp_required),
      allowed_origins_(options.allowed_origins),
      trusted_proxies_(options.trusted_proxies),
      router_(with_pages(options, std::move(routes))),
      authenticate_(std::move(authenticate)),
      on_weak_second_factor_(options.on_weak_second_factor) {}

std::size_t Responder::body_max(Method method, std::string_view path) const {
  const auto* route = router_.find(method, path).route;
  return route == nullptr ? body_max_without_route : route->body_max;
}

Request Responder::receive(Framed& framed, const std::string& peer) const {
  Request request = std::move(framed.request);
  const auto* id = request.header("x-request-id");
  request.id = id != nullptr && is_request_id(*id) ? *id : vocabulary::new_uuid();
  const auto* traceparent = request.header("traceparent");
  request.trace = continue_trace(traceparent == nullptr ? "" : *traceparent);
  std::vector<std::string> forwarded_for;
  for (const auto& [name, value] : request.headers) {
    if (name == "x-forwarded-for") forwarded_for.push_back(value);
  }
  request.source_address = trusted_proxies_.source_address(peer, forwarded_for);
  return request;
}

Responder::Answer Responder::answer(Request& request, std::string_view query) const {
  Answer answer{};
  try {
    answer.response = respond(request, query, answer.route);
  } catch (const Problem& problem) {
    answer.response = to_response(problem);
  } catch (const database::Unavailable& error) {
    const bool known = dynamic_cast<const database::OutcomeUnknown*>(&error) == nullptr;
    Problem problem(problems::unavailable,
                    known ? "The server cannot answer now; nothing was done."
                          : "The server cannot tell whether it was done. Ask again with the same "
                            "Idempotency-Key.");
    problem.retry_after_seconds = 1;
    answer.response = to_response(problem);
    answer.failure = describe(error);
  } catch (const std::exception& error) {
    answer.response = to_response(internal_error());
    answer.failure = describe(error);
  } catch (...) {
    answer.response = to_response(internal_error());
    answer.failure = "something that is no std::exception";
  }
  answer.response = complete(request, std::move(answer.response));
  return answer;
}

Response Responder::refuse(const Request& request, const Problem& problem) const {
  return complete(request, to_response(problem));
}

Response Responder::respond(Request& request, std::string_view query, const Route*& route) const {
  auto match = router_.find(request.method, request.path);
  if (match.allow.empty()) {
    throw Problem(problems::not_found, "There is nothing at this address.");
  }
  if (request.method == Method::options && is_allowed_origin(request) &&
      request.header("access-control-request-method") != nullptr) {
    return no_content()
        .with("Access-Control-Allow-Methods", match.allow)
        .with("Access-Control-Allow-Headers",
              "Authorization, Content-Type, Idempotency-Key, If-Match, Traceparent, X-Request-Id")
        .with("Access-Control-Max-Age", "600");
  }
  if (match.route == nullptr) {
    return to_response(Problem(problems::method_not_allowed, "Use one of: " + match.allow + "."))
        .with("Allow", match.allow);
  }
  route = match.route;
  request.parameters = std::move(match.parameters);
  auto parameters = parse_query(query);
  if (!parameters) {
    throw Problem(problems::malformed_request, "The query is not well-formed text in UTF-8.");
  }
  request.query = *std::move(parameters);
  authorize(*route, request);
  auto response = route->handler(request);
  for (const auto& [name, value] : response.headers) {
    if (!is_header(name, value)) throw std::logic_error("malformed response header");
  }
  return response;
}

void Responder::authorize(const Route& route, Request& request) const {
  if (route.access == Access::anonymous) return;
  const auto token = bearer_token(request);
  if (!token.empty()) request.principal = authenticate_(token);
  if (!request.principal) throw Problem(problems::unauthenticated, "Send a valid access token.");
  const auto [kind, sentence] = callers_of(route.access);
  if (request.principal->kind != kind) throw Problem(problems::forbidden, sentence);
  const auto& scopes = request.principal->scopes;
  if (route.access == Access::partner &&
      std::find(scopes.begin(), scopes.end(), route.scope) == scopes.end()) {
    throw Problem(problems::insufficient_scope, "The token lacks the scope " + route.scope + ".");
  }
  if (route.access == Access::person_with_totp && totp_required_ &&
      !request.principal->signed_in_with_totp) {
    if (on_weak_second_factor_) on_weak_second_factor_(request, route);
    throw Problem(problems::second_factor_too_weak,
                  "Sign in with an authenticator app to do this.");
  }
}

bool Responder::is_allowed_origin(const Request& request) const {
  const auto* origin = request.header("origin");
  return origin != nullptr && std::find(allowed_origins_.begin(), allowed_origins_.end(),
                                        *origin) != allowed_origins_.end();
}

Response Responder::complete(const Request& request, Response response) const {
  // Problems are objects with members: there is always a brace to put one more before.
  if (response.content_type == "application/problem+json") {
    response.body.insert(response.body.size() - 1, R"(,"requestId":")" + request.id + '"');
  }
  if (allowed_origins_.empty()) return response;
  response.with("Vary", "Origin");
  if (is_allowed_origin(request)) {
    response.with("Access-Control-Allow-Origin", *request.header("origin"))
        .with("Access-Control-Expose-Headers",
              "ETag, Location, Retry-After, X-Request-Id, Idempotency-Replayed");
  }
  return response;
}

}  // namespace web
