#include "web/request.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "vocabulary/text.hpp"

namespace web {

namespace {

[[noreturn]] void refuse_if_match() {
  throw Problem(problems::malformed_request,
                "If-Match must be one strong entity tag that this server gave, or *.");
}

}  // namespace

std::string_view to_text(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::patch: return "PATCH";
    case Method::del: return "DELETE";
    case Method::head: return "HEAD";
    case Method::options: return "OPTIONS";
  }
  return "";
}

const std::string* Request::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto& header) { return header.first == name; });
  return found == headers.end() ? nullptr : &found->second;
}

const auth::Principal& Request::caller() const {
  if (!principal) throw std::logic_error("an anonymous route asked who is calling");
  return *principal;
}

const std::string& path_parameter(const Request& request, std::string_view name) {
  for (const auto& [parameter, value] : request.parameters) {
    if (parameter == name) return value;
  }
  throw std::logic_error("the route has no parameter " + std::string(name));
}

std::optional<std::string> QueryReader::text(std::string_view name, std::size_t characters_max) {
  known_.emplace_back(name);
  const auto named = [&](const auto& parameter) { return parameter.first == name; };
  const auto found = std::find_if(request_.query.begin(), request_.query.end(), named);
  if (found == request_.query.end()) return std::nullopt;
  if (std::find_if(std::next(found), request_.query.end(), named) != request_.query.end()) {
    fail(name, "is given more than once");
  } else if (vocabulary::has_control_characters(found->second)) {
    fail(name, "has control characters");
  } else if (vocabulary::count_characters(found->second) > characters_max) {
    fail(name, "has more than " + std::to_string(characters_max) + " characters");
  }
  return found->second;
}

std::int64_t QueryReader::integer(std::string_view name, std::int64_t low, std::int64_t high,
                                  std::int64_t fallback) {
  const auto given = text(name, 20);
  if (!given) return fallback;
  std::int64_t value = 0;
  const auto* const end = given->data() + given->size();
  const auto [stopped, error] = std::from_chars(given->data(), end, value);
  if (error == std::errc{} && stopped == end && value >= low && value <= high) return value;
  fail(name, "must be an integer from " + std::to_string(low) + " to " + std::to_string(high));
  return fallback;
}

void QueryReader::fail(std::string_view name, std::string detail) {
  const std::string pointer = "?" + std::string(name);
  for (const auto& error : errors_) {
    if (error.pointer == pointer) return;
  }
  errors_.push_back({pointer, "This parameter " + std::move(detail) + "."});
}

void QueryReader::finish() {
  for (const auto& [name, value] : request_.query) {
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) fail(name, "is not known");
  }
  if (!errors_.empty()) throw Problem(problems::invalid_fields, std::move(errors_));
}

std::optional<std::int64_t> optional_if_match(const Request& request) {
  const std::string* header = request.header("if-match");
  if (header == nullptr || *header == "*") return std::nullopt;
  if (header->size() < 3 || header->front() != '"' || header->back() != '"') refuse_if_match();
  std::int64_t version = 0;
  const char* const begin = header->data() + 1;
  const char* const end = header->data() + header->size() - 1;
  const auto [stopped, error] = std::from_chars(begin, end, version);
  if (error != std::errc{} || stopped != end || entity_tag(version) != *header) refuse_if_match();
  return version;
}

std::optional<std::int64_t> required_if_match(const Request& request) {
  if (request.header("if-match") == nullptr) {
    throw Problem(problems::precondition_required,
                  "Send If-Match with the ETag of what was shown.");
  }
  return optional_if_match(request);
}

}  // namespace web
