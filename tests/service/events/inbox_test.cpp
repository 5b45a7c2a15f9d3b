#include <catch2/catch.hpp>

#include "delivery.hpp"
#include "web/problem.hpp"

using nlohmann::json;
using testing::Delivery;

namespace {

json results_of(const web::Response& response) {
  CHECK(response.status == 200);
  return json::parse(response.body).at("results");
}

std::string batch(std::initializer_list<json> events) {
  return json(events).dump();
}

json counted(const std::string& subject, std::int64_t number) {
  return json::parse(events::to_text(Delivery::event(subject, number)));
}

}  // namespace

TEST_CASE("An event is taken once, in one batch or in several") {
  Delivery delivery(GENERATE(from_range(testing::database_kinds())));
  const json first = counted("a", 1);
  const json second = counted("a", 2);
  const auto results = results_of(delivery.receive(batch({first, second, first})));
  CHECK(results.size() == 3);
  for (const auto& result : results) CHECK(result.at("outcome") == "taken");
  CHECK(results[1].at("id") == second.at("id"));
  CHECK(results_of(delivery.receive(batch({second})))[0].at("outcome") == "taken");
  CHECK(delivery.taken("a") == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("A refused event leaves nothing, holds up its subject only, and may be tried again") {
  Delivery delivery(GENERATE(from_range(testing::database_kinds())));
  const std::string sent =
      batch({counted("a", 1), counted("a", 2), counted("a", 3), counted("b", 4)});
  const auto refuse_second = [](database::Transaction& transaction, const events::Event& event) {
    Delivery::take(transaction, event);
    if (event.data.at("number") == 2) throw std::invalid_argument("two is refused");
  };
  const auto results = results_of(delivery.receive(sent, refuse_second));
  CHECK(results[0].at("outcome") == "taken");
  CHECK(results[1].at("outcome") == "refused");
  CHECK(results[1].at("detail") == "two is refused");
  CHECK(results[2].at("outcome") == "deferred");
  CHECK(results[3].at("outcome") == "taken");
  CHECK(delivery.taken("a") == std::vector<std::int64_t>{1});
  delivery.receive(sent);
  CHECK(delivery.taken("a") == std::vector<std::int64_t>{1, 2, 3});
  CHECK(delivery.taken("b") == std::vector<std::int64_t>{4});
}

TEST_CASE("What goes wrong with one event is not told and does not stop the others") {
  Delivery delivery(GENERATE(from_range(testing::database_kinds())));
  const auto fail_on_first = [](database::Transaction& transaction, const events::Event& event) {
    if (event.subject == "a") event.data.at("absent");
    Delivery::take(transaction, event);
  };
  const auto results = results_of(
      delivery.receive(batch({counted("a", 1), json(7), counted("b", 2)}), fail_on_first));
  CHECK(results[0].at("outcome") == "refused");
  CHECK(results[0].at("detail") == "could not be taken");
  CHECK(results[1].at("outcome") == "refused");
  CHECK(results[1].at("id").is_null());
  CHECK(results[2].at("outcome") == "taken");
}

TEST_CASE("A database that is away fails the whole batch, so that it is sent again") {
  Delivery delivery(GENERATE(from_range(testing::database_kinds())));
  const auto away = [](database::Transaction&, const events::Event&) {
    throw database::Unavailable("away");
  };
  CHECK_THROWS_AS(delivery.receive(batch({counted("a", 1)}), away), database::Unavailable);
  CHECK(results_of(delivery.receive(batch({counted("a", 1)})))[0].at("outcome") == "taken");
}

TEST_CASE("Events are remembered for 30 days") {
  Delivery delivery(GENERATE(from_range(testing::database_kinds())));
  delivery.receive(batch({counted("a", 1)}));
  const auto forget_after = [&](std::chrono::hours age) {
    return delivery.database().write([&](database::Transaction& transaction) {
      return events::forget_old_events(transaction, vocabulary::now() + age);
    });
  };
  CHECK(forget_after(std::chrono::hours(29 * 24)) == 0);
  CHECK(forget_after(std::chrono::hours(31 * 24)) == 1);
}

TEST_CASE("A body that is not a batch of events is refused as a whole") {
  Delivery delivery(database::Kind::sqlite);
  CHECK_THROWS_AS(delivery.receive("{}"), web::Problem);
  CHECK_THROWS_AS(delivery.receive("[1"), web::Problem);
  CHECK_THROWS_AS(delivery.receive(json(std::vector<int>(101, 1)).dump()), web::Problem);
  web::Request request;
  request.headers = {{"content-type", "application/json"}};
  request.body = "[]";
  CHECK_THROWS_AS(events::receive(delivery.database(), request, vocabulary::now(), Delivery::take),
                  web::Problem);
}
