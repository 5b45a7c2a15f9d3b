#include <mutex>
#include <stdexcept>
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "database/database.hpp"
#include "service/web/raw_client.hpp"
#include "web/body.hpp"
#include "web/server.hpp"

using nlohmann::json;
using testing::get;
using testing::post;
using testing::RawClient;

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
      {Method::get, "/in-doubt", "inDoubt", Access::anonymous,
       [](const web::Request&) -> web::Response { throw database::OutcomeUnknown("the secret"); }},
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

  RawClient client() { return RawClient(server.port()); }

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
  const auto answer = fixture.client().ask(get("/anonymous"));
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
  CHECK(answer->headers.count("vary") == 0);
}

TEST_CASE("Whatever is wrong with a request is told as a problem with its request id") {
  const auto [request, status, name] = GENERATE(table<std::string, int, std::string>({
      {get("/nothing"), 404, "not-found"},
      {get("/things/"), 404, "not-found"},
      {get("/things"), 405, "method-not-allowed"},
      {get("/things/%61?a=%FF"), 400, "malformed-request"},
      {post("/things", "{"), 400, "malformed-request"},
      {post("/things", R"({"name":""})"), 422, "invalid-fields"},
      {"POST /things HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: "
       "2\r\n\r\n{}",
       415, "unsupported-media-type"},
      {get("/person"), 401, "unauthenticated"},
      {get("/throws"), 500, "internal"},
      {get("/throws-an-integer"), 500, "internal"},
      {get("/forged-header"), 500, "internal"},
      {get("/away"), 503, "unavailable"},
  }));
  INFO(request);
  Fixture fixture;
  const auto client = fixture.client().ask(request);
  REQUIRE(client);
  CHECK(client->status == status);
  CHECK(client->headers.at("content-type") == "application/problem+json");
  const auto problem = json::parse(client->body);
  CHECK(problem.at("type") == "/problems/" + name);
  CHECK(problem.at("status") == status);
  CHECK_FALSE(problem.at("title").get<std::string>().empty());
  CHECK_FALSE(problem.at("detail").get<std::string>().empty());
  CHECK(problem.at("requestId") == client->headers.at("x-request-id"));
  CHECK(client->body.find("secret") == std::string::npos);
  CHECK(client->headers.count("set-cookie") == 0);

  const auto page = fixture.client().ask(get(problem.at("type").get<std::string>()));
  REQUIRE(page);
  CHECK(page->status == 200);
  CHECK(page->headers.at("content-type") == "text/plain; charset=utf-8");
}

TEST_CASE("A connection goes on after a problem that is not about framing") {
  Fixture fixture;
  auto client = fixture.client();
  for (const char* path : {"/nothing", "/throws", "/person", "/away", "/anonymous"}) {
    const auto answer = client.ask(get(path));
    REQUIRE(answer);
    CHECK(answer->headers.count("connection") == 0);
  }
}

TEST_CASE("What went wrong inside is told to the observer, without values from the database") {
  Fixture fixture;
  auto client = fixture.client();
  const auto failure_of = [&](const char* path) {
    client.ask(get(path));
    const std::lock_guard lock(fixture.mutex);
    return fixture.failure;
  };
  CHECK(failure_of("/throws") == "std::runtime_error: the secret");
  CHECK(failure_of("/away") == "database::Unavailable");
  CHECK(failure_of("/throws-an-integer") == "something that is no std::exception");
  CHECK(failure_of("/anonymous").empty());
  CHECK(fixture.operation == "anonymous");
}

TEST_CASE("Who waits is told how long") {
  Fixture fixture;
  for (const char* path : {"/away", "/in-doubt"}) {
    CHECK(fixture.client().ask(get(path))->headers.at("retry-after") == "1");
  }
}

TEST_CASE("That nothing was done is said only where it is known") {
  Fixture fixture;
  const auto says_nothing_was_done = [&](const char* path) {
    return fixture.client().ask(get(path))->body.find("nothing was done") != std::string::npos;
  };
  CHECK(says_nothing_was_done("/away"));
  CHECK_FALSE(says_nothing_was_done("/in-doubt"));
}

TEST_CASE("A method that the path does not know is told which it knows") {
  Fixture fixture;
  auto client = fixture.client();
  const auto answer = client.ask("DELETE /things HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(answer->status == 405);
  CHECK(answer->headers.at("allow") == "POST");

  client.send("HEAD /anonymous HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK_FALSE(client.answer());  // its length belongs to a body that is not sent
}

TEST_CASE("A request id of the client is kept when it is harmless") {
  Fixture fixture;
  auto client = fixture.client();
  const auto id_for = [&](const std::string& id) {
    return client.ask(get("/anonymous", "X-Request-Id: " + id + "\r\n"))
        ->headers.at("x-request-id");
  };
  CHECK(id_for("abc.DEF_0-9") == "abc.DEF_0-9");
  CHECK(id_for("short") != "short");
  CHECK(id_for("with space in it") != "with space in it");
  CHECK(id_for(std::string(65, 'a')) != std::string(65, 'a'));
  CHECK(id_for("\"quoted\"\"") != "\"quoted\"\"");
}

TEST_CASE("Each kind of access lets in its own callers only") {
  const auto [path, token, status, problem] =
      GENERATE(table<std::string, std::string, int, std::string>({
          {"/anonymous", "", 200, ""},
          {"/anonymous", "Bearer nonsense", 200, ""},
          {"/anonymous", "Bearer person", 200, ""},
          {"/anonymous", "Bearer service", 200, ""},
          {"/person", "", 401, "unauthenticated"},
          {"/person", "Bearer", 401, "unauthenticated"},
          {"/person", "Bearer ", 401, "unauthenticated"},
          {"/person", "Bearer nonsense", 401, "unauthenticated"},
          {"/person", "Basic person", 401, "unauthenticated"},
          {"/person", "person", 401, "unauthenticated"},
          {"/person", "Bearer person", 200, ""},
          {"/person", "bearer person", 200, ""},
          {"/person", "Bearer person-with-totp", 200, ""},
          {"/person", "Bearer service", 403, "forbidden"},
          {"/person-with-totp", "", 401, "unauthenticated"},
          {"/person-with-totp", "Bearer nonsense", 401, "unauthenticated"},
          {"/person-with-totp", "Bearer person", 403, "second-factor-too-weak"},
          {"/person-with-totp", "Bearer person-with-totp", 200, ""},
          {"/person-with-totp", "Bearer service", 403, "forbidden"},
          {"/service", "", 401, "unauthenticated"},
          {"/service", "Bearer nonsense", 401, "unauthenticated"},
          {"/service", "Bearer person", 403, "forbidden"},
          {"/service", "Bearer person-with-totp", 403, "forbidden"},
          {"/service", "Bearer service", 200, ""},
      }));
  INFO(path << " with '" << token << "'");
  Fixture fixture;
  const auto answer =
      fixture.client().ask(get(path, token.empty() ? "" : "Authorization: " + token + "\r\n"));
  REQUIRE(answer);
  CHECK(answer->status == status);
  CHECK(answer->headers.count("www-authenticate") == (status == 401 ? 1 : 0));
  if (status >= 400) CHECK(json::parse(answer->body).at("type") == "/problems/" + problem);
}

TEST_CASE("The policy switch lets in people without TOTP, and still no service") {
  web::ServerOptions options;
  options.totp_required = false;
  Fixture fixture(options);
  auto client = fixture.client();
  CHECK(client.ask(get("/person-with-totp", "Authorization: Bearer person\r\n"))->status == 200);
  CHECK(client.ask(get("/person-with-totp", "Authorization: Bearer service\r\n"))->status == 403);
  CHECK(client.ask(get("/person-with-totp"))->status == 401);
}

TEST_CASE("Browsers of allowed origins may read answers, and no others") {
  web::ServerOptions options;
  options.allowed_origins = {"https://app.example"};
  Fixture fixture(options);
  auto client = fixture.client();

  const auto allowed = client.ask(get("/anonymous", "Origin: https://app.example\r\n"));
  CHECK(allowed->headers.at("access-control-allow-origin") == "https://app.example");
  CHECK(allowed->headers.at("vary") == "Origin");
  CHECK(allowed->headers.at("access-control-expose-headers") ==
        "ETag, Location, Retry-After, X-Request-Id, Idempotency-Replayed");
  CHECK(allowed->headers.count("access-control-allow-credentials") == 0);

  const auto problem = client.ask(get("/nothing", "Origin: https://app.example\r\n"));
  CHECK(problem->headers.at("access-control-allow-origin") == "https://app.example");

  for (const char* origin : {"https://app.example.evil", "http://app.example", "null", "*",
                             "https://app.example:444", "https://evil.app.example"}) {
    INFO(origin);
    const auto other = client.ask(get("/anonymous", "Origin: " + std::string(origin) + "\r\n"));
    CHECK(other->status == 200);
    CHECK(other->headers.count("access-control-allow-origin") == 0);
    CHECK(other->headers.at("vary") == "Origin");
  }
}

TEST_CASE("A preflight is answered for allowed origins and known paths") {
  web::ServerOptions options;
  options.allowed_origins = {"https://app.example"};
  Fixture fixture(options);
  auto client = fixture.client();
  const auto preflight = [&](const std::string& path, const std::string& headers) {
    return *client.ask("OPTIONS " + path + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n");
  };
  const std::string asks = "Access-Control-Request-Method: POST\r\n";
  const auto answer = preflight("/things", "Origin: https://app.example\r\n" + asks);
  CHECK(answer.status == 204);
  CHECK(answer.headers.at("access-control-allow-origin") == "https://app.example");
  CHECK(answer.headers.at("access-control-allow-methods") == "POST");
  CHECK(answer.headers.at("access-control-allow-headers") ==
        "Authorization, Content-Type, Idempotency-Key, If-Match, Traceparent, X-Request-Id");
  CHECK(answer.headers.at("vary") == "Origin");
  CHECK(preflight("/person", "Origin: https://app.example\r\n" + asks).status == 204);

  CHECK(preflight("/things", "Origin: https://evil.example\r\n" + asks).status == 405);
  CHECK(preflight("/things", "Origin: https://app.example\r\n").status == 405);
  CHECK(preflight("/things", "").status == 405);
  CHECK(preflight("/nothing", "Origin: https://app.example\r\n" + asks).status == 404);
}

TEST_CASE("The server serves its contract and the pages of every problem") {
  static const web::ProblemType own{409, "own-problem", "Own", "It is ours."};
  web::ServerOptions options;
  options.openapi_document = R"({"openapi":"3.1.0"})";
  options.problem_types = {&own};
  Fixture fixture(options);
  auto client = fixture.client();
  const auto document = client.ask(get("/openapi.json"));
  CHECK(document->body == options.openapi_document);
  CHECK(document->headers.at("content-type") == "application/json");
  CHECK(client.ask(get("/problems/own-problem"))->body == "Own (409)\n\nIt is ours.\n");
  for (const auto* type : web::problems::all()) {
    CHECK(client.ask(get(std::string("/problems/") + type->name))->status == 200);
  }
  CHECK(client.ask(get("/problems/other"))->status == 404);
}

TEST_CASE("A port that is taken is told at the start") {
  Fixture fixture;
  web::ServerOptions options;
  options.port = fixture.server.port();
  CHECK_THROWS_AS(Fixture(options), std::runtime_error);
}
