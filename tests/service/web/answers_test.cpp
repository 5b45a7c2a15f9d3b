#include <atomic>
#include <stdexcept>
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "database/database.hpp"
#include "service/web/raw_client.hpp"
#include "web/body.hpp"
#include "web/server.hpp"

using nlohmann::json;
using test::get;
using test::post;
using test::RawClient;

namespace {

auth::Principal person(bool totp) {
  return {auth::Principal::Kind::person, "p", "s", totp, {}};
}

std::optional<auth::Principal> authenticate(std::string_view token) {
  if (token == "person") return person(false);
  if (token == "person-with-totp") return person(true);
  if (token == "service")
    return auth::Principal{auth::Principal::Kind::service, "c", "", false, {}};
  return std::nullopt;
}

web::Response hello(const web::Request&) {
  return web::json_response(200, {{"hello", "world"}});
}

std::vector<web::Route> routes() {
  using web::Access;
  using web::Method;
  return {
      {Method::get, "/anonymous", "anonymous", Access::anonymous, hello},
      {Method::get, "/person", "person", Access::person, hello},
      {Method::get, "/person-with-totp", "personWithTotp", Access::person_with_totp, hello},
      {Method::get, "/service", "service", Access::service, hello},
      {Method::get, "/things/{id}", "getThing", Access::anonymous,
       [](const web::Request& request) {
         return web::json_response(200, {{"id", web::path_parameter(request, "id")}});
       }},
      {Method::post, "/things", "createThing", Access::anonymous,
       [](const web::Request& request) {
         web::BodyReader body(request);
         const auto name = body.text("name", 1, 10);
         body.finish();
         return web::json_response(201, {{"name", name}}).with("Location", "/things/1");
       }},
      {Method::get, "/throws", "throws", Access::anonymous,
       [](const web::Request&) -> web::Response { throw std::runtime_error("the secret"); }},
      {Method::get, "/throws-an-integer", "throwsAnInteger", Access::anonymous,
       [](const web::Request&) -> web::Response { throw 42; }},
      {Method::get, "/away", "away", Access::anonymous,
       [](const web::Request&) -> web::Response { throw database::Unavailable("the secret"); }},
      {Method::get, "/forged-header", "forgedHeader", Access::anonymous,
       [](const web::Request&) {
         return web::no_content().with("Location", "/a\r\nSet-Cookie: a=b");
       }},
  };
}

struct Fixture {
  std::mutex mutex;
  std::string failure;
  std::string operation;
  web::Server server;

  explicit Fixture(web::ServerOptions options = {})
      : server(std::move(options), routes(), authenticate, [this](const web::Exchange& exchange) {
          const std::lock_guard lock(mutex);
          failure = exchange.failure;
          operation = exchange.operation;
        }) {}
};

}  // namespace

TEST_CASE("A request is answered with the headers that every answer carries") {
  Fixture fixture;
  RawClient client(fixture.server.port());
  const auto answer = client.ask(get("/anonymous"));
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body == R"({"hello":"world"})");
  CHECK(answer->headers.at("content-type") == "application/json");
  CHECK(answer->headers.at("cache-control") == "no-store");
  CHECK(answer->headers.at("x-content-type-options") == "nosniff");
  CHECK(answer->headers.at("referrer-policy") == "no-referrer");
  CHECK(answer->headers.at("content-security-policy") ==
        "default-src 'none'; frame-ancestors 'none'");
  CHECK(answer->headers.count("strict-transport-security") == 1);
  CHECK(answer->headers.at("x-request-id").size() == 36);
  CHECK(answer->headers.count("connection") == 0);
}
