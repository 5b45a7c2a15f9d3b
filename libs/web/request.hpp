#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/principal.hpp"
#include "vocabulary/timestamp.hpp"
#include "web/problem.hpp"
#include "web/trace.hpp"

namespace web {

enum class Method { get, post, put, patch, del, head, options };
std::string_view to_text(Method method);

/// One complete, strictly framed request.
struct Request {
  Method method = Method::get;
  std::string path;  // as sent, without the query
  std::vector<std::pair<std::string, std::string>>
      parameters;                                            // values of the {names} in the route
  std::vector<std::pair<std::string, std::string>> query;    // decoded, in order
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string source_address;  // of the client, seen through trusted proxies only
  std::string id;              // request id: also in the answer, the log and problems
  Trace trace;
  std::optional<auth::Principal> principal;  // set unless the route's access is anonymous

  /// The header of that lower-case name; nullptr when absent.
  const std::string* header(std::string_view name) const;
  /// The caller; throws std::logic_error on an anonymous route.
  const auth::Principal& caller() const;
};

/// The value of {name} in the route; throws std::logic_error when the route has none.
const std::string& path_parameter(const Request& request, std::string_view name);

/// The id in the path. Throws not_found when it is no id: such a resource cannot exist.
template <class Id>
Id path_id(const Request& request, std::string_view name) {
  const auto id = Id::parse(path_parameter(request, name));
  if (!id) throw Problem(problems::not_found, "There is nothing at this address.");
  return *id;
}

/// Reads the query strictly: each getter takes one name; finish() throws invalid_fields for bad
/// values and for parameters nobody asked for or sent twice.
class QueryReader {
 public:
  explicit QueryReader(const Request& request) : request_(request) {}

  std::optional<std::string> text(std::string_view name, std::size_t characters_max);
  std::int64_t integer(std::string_view name, std::int64_t low, std::int64_t high,
                       std::int64_t fallback);
  template <class Value>
  std::optional<Value> choice(std::string_view name,
                              std::optional<Value> (*parse)(std::string_view text)) {
    const auto given = text(name, 100);
    if (!given) return std::nullopt;
    auto parsed = parse(*given);
    if (!parsed) fail(name, "is not one of the allowed values");
    return parsed;
  }
  void fail(std::string_view name, std::string detail);
  void finish();

 private:
  const Request& request_;
  std::vector<std::string> known_;
  std::vector<FieldError> errors_;
};

/// The version an If-Match header names; nullopt for "*". Throws precondition_required when the
/// header is absent, and malformed_request when it is not one strong entity tag made by
/// entity_tag().
std::optional<std::int64_t> required_if_match(const Request& request);

/// The same, where the header is optional: nullopt when absent or "*".
std::optional<std::int64_t> optional_if_match(const Request& request);

}  // namespace web
