#include "web/router.hpp"

#include <stdexcept>

#include <catch2/catch.hpp>

using web::Method;
using web::Route;
using web::Router;

namespace {

Route route(Method method, const char* path, const char* operation) {
  return {method, path, operation, web::Access::anonymous, {}};
}

std::vector<Route> table() {
  return {
      route(Method::get, "/v1/things", "list"),
      route(Method::post, "/v1/things", "create"),
      route(Method::get, "/v1/things/{id}", "get"),
      route(Method::post, "/v1/things/{id}/mark", "mark"),
      route(Method::get, "/v1/things/count", "count"),
      route(Method::get, "/v1/things/{thing}/parts/{part}", "part"),
  };
}

std::string found(const Router& router, Method method, std::string_view path) {
  const auto match = router.find(method, path);
  if (match.route == nullptr) return match.allow;
  auto text = match.route->operation;
  for (const auto& [name, value] : match.parameters) text += ' ' + name + '=' + value;
  return text;
}

}  // namespace

TEST_CASE("A path finds its route and parameters") {
  const Router router(table());
  CHECK(found(router, Method::get, "/v1/things") == "list");
  CHECK(found(router, Method::post, "/v1/things") == "create");
  CHECK(found(router, Method::get, "/v1/things/7") == "get id=7");
  CHECK(found(router, Method::get, "/v1/things/7/parts/8") == "part thing=7 part=8");
}

TEST_CASE("A literal segment is preferred to a parameter, without hiding what lies behind it") {
  const Router router(table());
  CHECK(found(router, Method::get, "/v1/things/count") == "count");
  CHECK(found(router, Method::post, "/v1/things/count/mark") == "mark id=count");
}

TEST_CASE("A known path with another method tells which methods work") {
  const Router router(table());
  CHECK(found(router, Method::del, "/v1/things") == "GET, POST");
  CHECK(found(router, Method::get, "/v1/things/7/mark") == "POST");
  CHECK(found(router, Method::head, "/v1/things/7") == "GET");
}

TEST_CASE("Paths are compared as sent: nothing is collapsed, decoded or ignored") {
  const Router router(table());
  for (const char* path : {"/", "", "v1/things", "/v1/things/", "//v1/things", "/v1//things",
                           "/V1/things", "/v1/things//mark", "/v1/thing%73", "/v1/things/7/",
                           "/v1/./things", "/v1/x/../things", "/v1/things;x=1", "/v1"}) {
    INFO(path);
    CHECK(found(router, Method::get, path).empty());
  }
  CHECK(found(router, Method::get, "/v1/things/%37") == "get id=%37");
}

TEST_CASE("Two routes for the same requests are refused") {
  auto same = table();
  same.push_back(route(Method::get, "/v1/things/{other}", "again"));
  CHECK_THROWS_AS(Router(same), std::runtime_error);
  CHECK_THROWS_AS(Router({route(Method::get, "things", "relative")}), std::runtime_error);
}
