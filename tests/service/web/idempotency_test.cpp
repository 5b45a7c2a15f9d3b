#include "web/idempotency.hpp"

#include <atomic>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/databases.hpp"
#include "support/paths.hpp"

using database::Transaction;
using nlohmann::json;
using web::Request;
using web::Response;

namespace {

const std::vector<database::Migration>& migrations() {
  static std::ifstream file(testing::source_root() + "/libs/web/idempotency.sql");
  static const std::string idempotency{std::istreambuf_iterator<char>(file), {}};
  static const std::vector<database::Migration> all{
      {1, "0001_idempotency.sql", "1", idempotency.c_str()},
      {2, "0002_things.sql", "2", "CREATE TABLE things (name TEXT NOT NULL) @STRICT@;"}};
  return all;
}

struct Fixture {
  testing::FreshDatabase fresh{GENERATE(from_range(testing::database_kinds()))};
  database::Database database{fresh.url()};
  vocabulary::Timestamp now = vocabulary::parse_timestamp("2026-02-03T04:05:06.789Z").value();
  std::atomic<int> acts = 0;

  Fixture() { database.migrate(migrations()); }

  // Creates a thing of the body's name and answers with a number that is new each time.
  Response create(const Request& request, int status = 201) {
    return web::act_once(
        database, request, now,
        [&, status](Transaction& transaction) {
          insert(transaction, request.body);
          return web::json_response(status, {{"act", ++acts}}).with("Location", "/things/1");
        },
        [&](Transaction& transaction, const Response& refusal) {
          insert(transaction, "refused " + std::to_string(refusal.status));
        });
  }

  static void insert(Transaction& transaction, const std::string& name) {
    transaction.execute("INSERT INTO things (name) VALUES (:name)", {{"name", name}});
  }

  std::string things() {
    std::string names;
    for (const auto& [name] : database.read([](Transaction& transaction) {
           return transaction.rows<std::string>("SELECT name FROM things ORDER BY name");
         })) {
      names += name + ";";
    }
    return names;
  }

  std::int64_t stored() {
    return database.read([](Transaction& transaction) {
      return std::get<0>(*transaction.row<std::int64_t>("SELECT count(*) FROM idempotent_answers"));
    });
  }
};

Request request(std::string body, const std::string& key = "key-00000001",
                const std::string& subject = "person-1") {
  Request request;
  request.method = web::Method::post;
  request.path = "/things";
  request.body = std::move(body);
  if (!key.empty()) request.headers = {{"idempotency-key", key}};
  if (subject.empty()) {
    request.source_address = "192.0.2.1";
  } else {
    request.principal = auth::Principal{auth::Principal::Kind::person, subject, "", true, {}};
  }
  return request;
}

bool replayed(const Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (name == "Idempotency-Replayed") return value == "true";
  }
  return false;
}

std::string problem_of(Fixture& fixture, const Request& repeated) {
  try {
    fixture.create(repeated);
  } catch (const web::Problem& problem) {
    return problem.type->name;
  }
  return "";
}

}  // namespace

TEST_CASE("A repeat with the same key gets the first answer and nothing is done again") {
  Fixture fixture;
  const auto first = fixture.create(request("a"));
  const auto second = fixture.create(request("a"));
  CHECK(fixture.acts == 1);
  CHECK(fixture.things() == "a;");
  CHECK(second.status == 201);
  CHECK(second.body == first.body);
  CHECK(second.content_type == first.content_type);
  REQUIRE(second.headers.size() == 2);
  CHECK(second.headers[0] == first.headers[0]);
  CHECK_FALSE(replayed(first));
  CHECK(replayed(second));
}

TEST_CASE("Without a key every request acts") {
  Fixture fixture;
  fixture.create(request("a", ""));
  fixture.create(request("a", ""));
  CHECK(fixture.things() == "a;a;");
  CHECK(fixture.stored() == 0);
}

TEST_CASE("The same key with another request is refused, and nothing is done") {
  Fixture fixture;
  fixture.create(request("a"));
  auto other_path = request("a");
  other_path.path = "/things/2";
  CHECK(problem_of(fixture, other_path) == "idempotency-key-reused");
  CHECK(problem_of(fixture, request("b")) == "idempotency-key-reused");
  CHECK(fixture.things() == "a;");
}

TEST_CASE("The same key of another caller is another key") {
  Fixture fixture;
  fixture.create(request("a"));
  fixture.create(request("b", "key-00000001", "person-2"));
  fixture.create(request("c", "key-00000001", ""));
  auto elsewhere = request("d", "key-00000001", "");
  elsewhere.source_address = "192.0.2.2";
  fixture.create(elsewhere);
  CHECK(fixture.things() == "a;b;c;d;");
}

TEST_CASE("A refusal undoes the act, keeps what the refusal writes, and is given again") {
  Fixture fixture;
  const auto first = fixture.create(request("a"), 409);
  CHECK(fixture.things() == "refused 409;");
  const auto second = fixture.create(request("a"), 201);
  CHECK(second.status == 409);
  CHECK(second.body == first.body);
  CHECK(replayed(second));
  CHECK(fixture.things() == "refused 409;");
  CHECK(fixture.acts == 1);
}

TEST_CASE("An answer that may be another next time is not stored") {
  const int status = GENERATE(401, 429, 500, 503);
  Fixture fixture;
  fixture.create(request("a"), status);
  CHECK(fixture.stored() == 0);
  CHECK(fixture.create(request("a")).status == 201);
  CHECK(fixture.things() == "a;refused " + std::to_string(status) + ";");
}

TEST_CASE("An act that throws leaves nothing behind and may be tried again") {
  Fixture fixture;
  CHECK_THROWS_AS(web::act_once(fixture.database, request("a"), fixture.now,
                                [&](Transaction& transaction) -> Response {
                                  Fixture::insert(transaction, "a");
                                  throw web::Problem(web::problems::not_found, "No.");
                                }),
                  web::Problem);
  CHECK(fixture.things().empty());
  CHECK(fixture.create(request("a")).status == 201);
  CHECK(fixture.things() == "a;");
}

TEST_CASE("A key has 8 to 64 visible ASCII characters") {
  Fixture fixture;
  for (const auto& key :
       {std::string("short"), std::string("with a space"), std::string("tab\tinside"),
        std::string("umlaut-\xC3\xA4\xC3\xB6"), std::string(65, 'a')}) {
    INFO(key);
    CHECK(problem_of(fixture, request("a", key)) == "malformed-request");
  }
  auto empty = request("a");
  empty.headers = {{"idempotency-key", ""}};
  CHECK(problem_of(fixture, empty) == "malformed-request");
  CHECK(fixture.things().empty());
  CHECK(problem_of(fixture, request("a", "!~~~~~~8")).empty());
  CHECK(problem_of(fixture, request("b", std::string(64, '~'))).empty());
}

TEST_CASE("Of concurrent requests with the same key exactly one acts, and all get its answer") {
  Fixture fixture;
  for (int round = 0; round < 20; ++round) {
    const auto same = request("a", "key-of-round-" + std::to_string(round));
    const int acts_before = fixture.acts;
    std::vector<std::string> bodies(4);
    std::vector<std::thread> callers;
    for (auto& body : bodies) {
      callers.emplace_back([&] { body = fixture.create(same).body; });
    }
    for (auto& caller : callers) caller.join();
    for (const auto& body : bodies) CHECK(body == bodies[0]);
    // PostgreSQL may run an act again that lost a lock, but only one is kept.
    CHECK(fixture.acts > acts_before);
  }
  std::string expected;
  for (int round = 0; round < 20; ++round) expected += "a;";
  CHECK(fixture.things() == expected);
}

TEST_CASE("An answer is forgotten after 24 hours") {
  Fixture fixture;
  fixture.create(request("a"));
  fixture.now += std::chrono::hours(24);
  CHECK(replayed(fixture.create(request("a"))));
  fixture.now += std::chrono::milliseconds(1);
  CHECK_FALSE(replayed(fixture.create(request("a"))));
  CHECK(replayed(fixture.create(request("a"))));
  CHECK(fixture.things() == "a;a;");

  fixture.create(request("b", "key-00000002"));
  fixture.now += std::chrono::hours(25);
  fixture.create(request("c", "key-00000003"));
  CHECK(fixture.database.write([&](Transaction& transaction) {
    return web::forget_old_answers(transaction, fixture.now);
  }) == 2);
  CHECK(fixture.stored() == 1);
}

TEST_CASE("The database alone does not tell key, request or answer") {
  Fixture fixture;
  web::act_once(fixture.database, request("the secret body", "the-secret-key"), fixture.now,
                [](Transaction&) {
                  return web::json_response(200, {{"token", "the secret"}});
                });
  const auto row = fixture.database.read([](Transaction& transaction) {
    return *transaction.row<std::string, std::string, std::string>(
        "SELECT caller_and_key, request_hash, sealed_answer FROM idempotent_answers");
  });
  const auto all = std::get<0>(row) + std::get<1>(row) + std::get<2>(row);
  for (const char* secret : {"secret", "person-1", "c2VjcmV0", "token"}) {
    CHECK(all.find(secret) == std::string::npos);
  }
  CHECK(std::get<0>(row).size() == 43);
  CHECK(std::get<1>(row).size() == 43);
}
