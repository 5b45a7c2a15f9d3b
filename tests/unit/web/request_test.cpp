#include "web/request.hpp"

#include <stdexcept>

#include <catch2/catch.hpp>

#include "vocabulary/id.hpp"
#include "web/query.hpp"
#include "web/response.hpp"

using web::parse_query;
using web::Problem;
using web::QueryReader;
using web::Request;

namespace {

Request with_query(std::string_view query) {
  Request request;
  request.query = parse_query(query).value();
  return request;
}

Request with_if_match(const char* value) {
  Request request;
  request.headers = {{"if-match", value}};
  return request;
}

template <class Act>
std::string problem_of(Act act) {
  try {
    act();
  } catch (const Problem& problem) {
    return problem.type->name;
  }
  return "";
}

template <class Read>
std::string error_of(std::string_view query, Read read) {
  const auto request = with_query(query);
  QueryReader reader(request);
  read(reader);
  try {
    reader.finish();
  } catch (const Problem& problem) {
    CHECK(problem.type == &web::problems::invalid_fields);
    REQUIRE(problem.errors.size() == 1);
    return problem.errors[0].pointer + ": " + problem.errors[0].detail;
  }
  return "";
}

}  // namespace

TEST_CASE("A query is decoded in order") {
  using Parameters = std::vector<std::pair<std::string, std::string>>;
  CHECK(parse_query("a=b&c=%C3%BC+%2B&d&=e&&a=%3D=") ==
        Parameters{{"a", "b"}, {"c", "ü +"}, {"d", ""}, {"", "e"}, {"a", "=="}});
  CHECK(parse_query("") == Parameters{});
}

TEST_CASE("A query that is no well-formed UTF-8 is none") {
  for (const char* query :
       {"a=%", "a=%4", "a=%zz", "a=%FF", "a=%C0%80", "a=%ED%A0%80", "a=%F5%80%80%80",
        "a=%F0%80%80%80", "%80=a", "a=%E2%82", "a=%F4%90%80%80", "a=%E0%80%80"}) {
    INFO(query);
    CHECK_FALSE(parse_query(query));
  }
  CHECK(parse_query("a=%F4%8F%BF%BF&b=%EE%80%80&c=%E2%82%AC"));
}

TEST_CASE("Parameters are read strictly") {
  const auto limit = [](QueryReader& reader) { reader.integer("limit", 1, 200, 50); };
  const auto search = [](QueryReader& reader) { reader.text("search", 3); };
  CHECK(error_of("", limit).empty());
  CHECK(error_of("limit=200", limit).empty());
  for (const char* query : {"limit=0", "limit=201", "limit=", "limit=+5", "limit=5x", "limit=5.0",
                            "limit=99999999999999999999", "limit=-1", "limit=%205"}) {
    INFO(query);
    CHECK(error_of(query, limit) == "?limit: This parameter must be an integer from 1 to 200.");
  }
  CHECK(error_of("limit=5&limit=5", limit) == "?limit: This parameter is given more than once.");
  CHECK(error_of("limit=5&order=x", limit) == "?order: This parameter is not known.");
  CHECK(error_of("search=%C3%BC%C3%BC%C3%BC", search).empty());
  CHECK(error_of("search=abcd", search) == "?search: This parameter has more than 3 characters.");
  CHECK(error_of("search=%00", search) == "?search: This parameter has control characters.");
}

TEST_CASE("An absent parameter reads as its fallback") {
  const auto request = with_query("");
  QueryReader reader(request);
  CHECK(reader.integer("limit", 1, 200, 50) == 50);
  CHECK_FALSE(reader.text("search", 10));
}

TEST_CASE("If-Match names the version of one strong entity tag") {
  CHECK(web::required_if_match(with_if_match("\"7\"")) == 7);
  CHECK(web::optional_if_match(with_if_match("\"7\"")) == 7);
  CHECK(web::entity_tag(7) == "\"7\"");
  CHECK_FALSE(web::required_if_match(with_if_match("*")));
  CHECK_FALSE(web::optional_if_match(Request{}));
  CHECK(problem_of([] { web::required_if_match(Request{}); }) == "precondition-required");
  for (const char* value : {"7", "W/\"7\"", "\"7\", \"8\"", "\"\"", "\"", "\"x\"", "\"07\"",
                            "\"+7\"", "\" 7\"", "\"99999999999999999999\"", ""}) {
    INFO(value);
    CHECK(problem_of([&] { web::required_if_match(with_if_match(value)); }) == "malformed-request");
    CHECK(problem_of([&] { web::optional_if_match(with_if_match(value)); }) == "malformed-request");
  }
}

TEST_CASE("What is no id in the path is not found") {
  Request request;
  request.parameters = {{"id", "1"}};
  CHECK(problem_of([&] { web::path_id<vocabulary::Id<struct Thing>>(request, "id"); }) ==
        "not-found");
  CHECK_THROWS_AS(web::path_parameter(request, "other"), std::logic_error);
}

TEST_CASE("A handler that asks an anonymous request who calls has a bug") {
  CHECK_THROWS_AS(Request{}.caller(), std::logic_error);
}
