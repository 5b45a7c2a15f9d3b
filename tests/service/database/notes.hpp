#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "database/database.hpp"
#include "support/databases.hpp"

namespace testing {

inline const std::vector<database::Migration> notes_schema = {
    {1, "0001_notes.sql", "a1",
     "CREATE TABLE notes (id @SEQ@, number @INT@ UNIQUE CHECK (number <> 13), text TEXT) @STRICT@;"
     "CREATE TABLE replies (note @INT@ NOT NULL REFERENCES notes (id)) @STRICT@;"}};

/// A database of notes, each a number and a text.
struct Notes {
  explicit Notes(database::Kind kind, database::Options options = {})
      : fresh(kind), database(fresh.url(), options) {
    database.migrate(notes_schema);
  }

  std::int64_t count() {
    return database.read([](database::Transaction& transaction) {
      return std::get<0>(*transaction.row<std::int64_t>("SELECT COUNT(*) FROM notes"));
    });
  }

  FreshDatabase fresh;
  database::Database database;
};

inline std::int64_t insert_note(database::Transaction& transaction,
                                std::optional<std::int64_t> number,
                                std::optional<std::string> text = {}) {
  return transaction.execute("INSERT INTO notes (number, text) VALUES (:number, :text)",
                             {{"number", number}, {"text", text}});
}

/// True once `condition` holds; false when it does not within a minute.
inline bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// Runs `work(0)` … `work(count - 1)`, each on a thread of its own, and waits for all.
inline void on_threads(int count, const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
}

}  // namespace testing
