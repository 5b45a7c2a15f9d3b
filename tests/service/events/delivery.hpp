#pragma once

#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "database/database.hpp"
#include "events/inbox.hpp"
#include "events/outbox.hpp"
#include "support/databases.hpp"
#include "support/paths.hpp"
#include "vocabulary/id.hpp"

namespace testing {

inline const std::vector<database::Migration>& events_schema() {
  static const std::string sql = [] {
    std::string all;
    for (const char* file : {"/libs/events/outbox.sql", "/libs/events/inbox.sql"}) {
      std::ifstream input(testing::source_root() + file);
      all.append(std::istreambuf_iterator<char>(input), {});
    }
    return all +
           "CREATE TABLE effects (position @SEQ@, subject TEXT NOT NULL,"
           " number @INT@ NOT NULL) @STRICT@;";
  }();
  static const std::vector<database::Migration> all = {{1, "0001_events.sql", "e1", sql.c_str()}};
  return all;
}

/// A database with outbox and inbox, and what came of the events that were taken.
class Delivery {
 public:
  explicit Delivery(database::Kind kind) : fresh_(kind), database_(fresh_.url()) {
    database_.migrate(events_schema());
  }

  database::Database& database() { return database_; }
  const std::string& url() const { return fresh_.url(); }

  static events::Event event(const std::string& subject, std::int64_t number) {
    return {vocabulary::new_uuid(), "/membership",       "counted", subject,
            vocabulary::now(),      {{"number", number}}};
  }

  void enqueue(const std::string& subject, std::int64_t number) {
    database_.write([&](database::Transaction& transaction) {
      events::enqueue(transaction, event(subject, number), {"notification"});
    });
  }

  static void take(database::Transaction& transaction, const events::Event& event) {
    transaction.execute(
        "INSERT INTO effects (subject, number) VALUES (:subject, :number)",
        {{"subject", event.subject}, {"number", event.data.at("number").get<std::int64_t>()}});
  }

  web::Response receive(const std::string& body, const events::Take& take_event = take) {
    web::Request request;
    request.method = web::Method::post;
    request.headers = {{"content-type", "application/cloudevents-batch+json"}};
    request.body = body;
    return events::receive(database_, request, vocabulary::now(), take_event);
  }

  /// The numbers of `subject` in the order in which they were taken.
  std::vector<std::int64_t> taken(const std::string& subject) {
    return database_.read([&](database::Transaction& transaction) {
      std::vector<std::int64_t> numbers;
      for (const auto& [number] : transaction.rows<std::int64_t>(
               "SELECT number FROM effects WHERE subject = :subject ORDER BY position",
               {{"subject", subject}})) {
        numbers.push_back(number);
      }
      return numbers;
    });
  }

  std::int64_t taken_count() {
    return database_.read([](database::Transaction& transaction) {
      return std::get<0>(*transaction.row<std::int64_t>("SELECT COUNT(*) FROM effects"));
    });
  }

 private:
  FreshDatabase fresh_;
  database::Database database_;
};

/// True once `condition` holds; false when it does not within a minute.
inline bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace testing
