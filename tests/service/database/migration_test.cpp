#include <atomic>

#include <catch2/catch.hpp>

#include "notes.hpp"

using database::Database;
using database::Kind;
using database::Migration;
using testing::FreshDatabase;

namespace {

const Migration create{1, "0001_create.sql", "c1",
                       "CREATE TABLE starts (id @SEQ@, at @INT@) @STRICT@;\n"
                       "-- a comment with an apostrophe: it's fine here\n"
                       "INSERT INTO starts (at) VALUES (1);"};
const Migration extend{
    2, "0002_extend.sql", "e2",
    "ALTER TABLE starts ADD COLUMN note TEXT; INSERT INTO starts (at) VALUES (2);"};

}  // namespace

TEST_CASE("Migrations run once among concurrent starters") {
  FreshDatabase fresh(GENERATE(from_range(testing::database_kinds())));
  std::atomic<int> failed = 0;
  testing::on_threads(4, [&](int) {
    try {
      Database database(fresh.url());
      database.migrate({create, extend});
      if (!database.ready({create, extend})) ++failed;
    } catch (const std::exception& error) {
      UNSCOPED_INFO(error.what());
      ++failed;
    }
  });
  CHECK(failed == 0);
  CHECK(fresh.run("SELECT COUNT(*) FROM starts") == "2");
  CHECK(fresh.run("SELECT COUNT(*) FROM schema_version") == "2");
}

TEST_CASE("A migration that has changed since it was applied is refused, before anything is done") {
  FreshDatabase fresh(GENERATE(from_range(testing::database_kinds())));
  Database database(fresh.url());
  database.migrate({create});
  Migration edited = create;
  edited.sha256 = "c2";
  CHECK_THROWS_AS(database.migrate({edited, extend}), std::runtime_error);
  CHECK_FALSE(database.ready({edited}));
  CHECK(fresh.run("SELECT COUNT(*) FROM schema_version") == "1");
}

TEST_CASE("A database that is newer than the program is accepted") {
  FreshDatabase fresh(GENERATE(from_range(testing::database_kinds())));
  Database(fresh.url()).migrate({create, extend});
  Database older(fresh.url());
  CHECK_NOTHROW(older.migrate({create}));
  CHECK(older.ready({create}));
}

TEST_CASE("A migration that fails leaves nothing of itself and all before it") {
  FreshDatabase fresh(GENERATE(from_range(testing::database_kinds())));
  Database database(fresh.url());
  const Migration broken{2, "0002_broken.sql", "b2",
                         "INSERT INTO starts (at) VALUES (2); INSERT INTO nowhere VALUES (1);"};
  CHECK_THROWS_WITH(database.migrate({create, broken}),
                    Catch::Contains("0002_broken.sql") && Catch::Contains("nowhere"));
  CHECK(fresh.run("SELECT COUNT(*) FROM starts") == "1");
  CHECK(database.ready({create}));
  CHECK_FALSE(database.ready({create, broken}));
  CHECK_NOTHROW(database.migrate({create, extend}));
}

TEST_CASE("A database without its tables is not ready") {
  FreshDatabase fresh(GENERATE(from_range(testing::database_kinds())));
  CHECK_FALSE(Database(fresh.url()).ready({create}));
}
