// Decisions a second on SQLite: a COMMIT for each, against the group commit of libs/database.
// A decision is one guarded UPDATE of a random row and one INSERT, with synchronous=FULL.

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>
#include <thread>

#include "database/connection.hpp"
#include "support/databases.hpp"

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::int64_t rows = 20'000;

const std::vector<database::Migration> schema = {
    {1, "0001_bench.sql", "b1",
     "CREATE TABLE requests (id @INT@ PRIMARY KEY, version @INT@ NOT NULL) @STRICT@;"
     "CREATE TABLE audit (id @SEQ@, request @INT@ NOT NULL, what TEXT NOT NULL) @STRICT@;"
     "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
     " INSERT INTO requests SELECT i, 0 FROM n;"}};

constexpr const char* decide =
    "UPDATE requests SET version = version + 1 WHERE id = :id AND version >= 0";
constexpr const char* record = "INSERT INTO audit (request, what) VALUES (:id, 'approved')";

std::int64_t random_row() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  return static_cast<std::int64_t>(random() % rows) + 1;
}

// Calls a second of `act` from `writers` threads.
double measure(int writers, std::chrono::milliseconds duration, const std::function<void()>& act) {
  std::atomic<bool> stopping = false;
  std::atomic<long> calls = 0;
  std::vector<std::thread> threads;
  const auto begin = Steady::now();
  for (int i = 0; i < writers; ++i) {
    threads.emplace_back([&] {
      for (; !stopping; ++calls) act();
    });
  }
  std::this_thread::sleep_for(duration);
  stopping = true;
  for (auto& thread : threads) thread.join();
  return static_cast<double>(calls) / std::chrono::duration<double>(Steady::now() - begin).count();
}

}  // namespace

int main(int count, char** arguments) {
  const std::chrono::milliseconds duration(count > 1 ? std::atoi(arguments[1]) : 2'000);
  testing::FreshDatabase fresh(database::Kind::sqlite);
  database::Database database(fresh.url());
  database.migrate(schema);
  for (const int writers : {1, 16, 64}) {
    for (int round = 0; round < 3; ++round) {
      double alone = 0;
      {
        database::Connection connection(database::parse_url(fresh.url()),
                                        database::Connection::Use::write, std::chrono::seconds(10));
        std::mutex mutex;
        alone = measure(writers, duration, [&] {
          const std::int64_t id = random_row();
          const std::lock_guard lock(mutex);
          connection.begin(database::Connection::Use::write);
          connection.execute(decide, {{"id", id}});
          connection.execute(record, {{"id", id}});
          connection.commit();
        });
      }
      const double grouped = measure(writers, duration, [&] {
        const std::int64_t id = random_row();
        database.write([&](database::Transaction& transaction) {
          transaction.execute(decide, {{"id", id}});
          transaction.execute(record, {{"id", id}});
        });
      });
      std::printf("%2d writers: %7.0f/s a COMMIT each, %7.0f/s in groups, ratio %.1f\n", writers,
                  alone, grouped, grouped / alone);
    }
  }
}
