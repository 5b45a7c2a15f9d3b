#include <limits>
#include <string>

#include <catch2/catch.hpp>

#include "notes.hpp"

using database::Kind;
using database::Transaction;
using testing::insert_note;
using testing::Notes;

TEST_CASE("What was written is read back as it was") {
  const auto kind = GENERATE(from_range(testing::database_kinds()));
  Notes notes(kind);
  const std::optional<std::int64_t> number =
      GENERATE(std::optional<std::int64_t>(), 0, -1, std::int64_t{9'007'199'254'740'993},
               std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min());
  const std::optional<std::string> text = GENERATE(
      std::optional<std::string>(), "", "O'Brien \"x\" :id $1 \\ %s; -- é 漢 🙂\r\n\t");
  notes.database.write([&](Transaction& transaction) { insert_note(transaction, number, text); });
  const auto found = notes.database.read([](Transaction& transaction) {
    return transaction.rows<std::optional<std::int64_t>, std::optional<std::string>>(
        "SELECT number, text FROM notes");
  });
  REQUIRE(found.size() == 1);
  CHECK(std::get<0>(found[0]) == number);
  CHECK(std::get<1>(found[0]) == text);
}

TEST_CASE("A statement that is used again binds anew, NULL after a value and back") {
  const auto kind = GENERATE(from_range(testing::database_kinds()));
  Notes notes(kind);
  notes.database.write([](Transaction& transaction) {
    insert_note(transaction, 1, "one");
    insert_note(transaction, std::nullopt, std::nullopt);
    insert_note(transaction, 3, "three");
    insert_note(transaction, 4, std::nullopt);
  });
  const auto found = notes.database.read([](Transaction& transaction) {
    return transaction.rows<std::optional<std::int64_t>, std::optional<std::string>>(
        "SELECT number, text FROM notes ORDER BY id");
  });
  using Row = std::tuple<std::optional<std::int64_t>, std::optional<std::string>>;
  CHECK(found == std::vector<Row>{{1, "one"}, {{}, {}}, {3, "three"}, {4, {}}});
}

TEST_CASE("A NULL in a column that must have a value is an error, not a zero") {
  const auto kind = GENERATE(from_range(testing::database_kinds()));
  Notes notes(kind);
  notes.database.write([](Transaction& transaction) { insert_note(transaction, std::nullopt); });
  CHECK_THROWS_AS(notes.database.read([](Transaction& transaction) {
    return transaction.row<std::int64_t>("SELECT number FROM notes");
  }),
                  std::runtime_error);
}

TEST_CASE("Text with a NUL is refused, because PostgreSQL would cut it") {
  const auto kind = GENERATE(from_range(testing::database_kinds()));
  Notes notes(kind);
  CHECK_THROWS_AS(notes.database.write([](Transaction& transaction) {
    insert_note(transaction, 1, std::string("adm\0in", 6));
  }),
                  std::invalid_argument);
  CHECK(notes.count() == 0);
}

TEST_CASE("A statement with RETURNING runs exactly once") {
  const auto kind = GENERATE(from_range(testing::database_kinds()));
  Notes notes(kind);
  notes.database.write([](Transaction& transaction) {
    const auto id = transaction.row<std::int64_t>(
        "INSERT INTO notes (number) VALUES (:number) RETURNING id", {{"number", 7}});
    REQUIRE(id);
    insert_note(transaction, 20);
    for (int i = 0; i < 3; ++i) {
      transaction.row<std::int64_t>(
          "UPDATE notes SET number = number + 1 WHERE number < 20 RETURNING number");
    }
  });
  CHECK(notes.count() == 2);
  CHECK(notes.fresh.run("SELECT MIN(number) FROM notes") == "10");
}

TEST_CASE("A row of several that RETURNING gives leaves none of the others unwritten") {
  const auto kind = GENERATE(from_range(testing::database_kinds()));
  Notes notes(kind);
  notes.database.write([](Transaction& transaction) {
    for (int number = 100; number < 110; ++number) insert_note(transaction, number);
    CHECK(transaction.row<std::int64_t>("UPDATE notes SET text = 'x' RETURNING id"));
    CHECK(
        transaction.rows<std::int64_t>("UPDATE notes SET text = text || 'y' RETURNING id").size() ==
        10);
  });
  CHECK(notes.fresh.run("SELECT COUNT(*) FROM notes WHERE text = 'xy'") == "10");
}

TEST_CASE("The number of rows a statement touched is known") {
  const auto kind = GENERATE(from_range(testing::database_kinds()));
  Notes notes(kind);
  notes.database.write([](Transaction& transaction) {
    CHECK(insert_note(transaction, 1) == 1);
    CHECK(insert_note(transaction, 2) == 1);
    CHECK(transaction.execute("UPDATE notes SET text = 'x' WHERE number > 5") == 0);
    CHECK(transaction.execute("UPDATE notes SET text = 'x'") == 2);
    CHECK(transaction.execute("INSERT INTO notes (number) VALUES (1) ON CONFLICT DO NOTHING") == 0);
    CHECK_FALSE(transaction.row<std::int64_t>(
        "INSERT INTO notes (number) VALUES (1) ON CONFLICT DO NOTHING RETURNING id"));
  });
}

TEST_CASE("undo forgets what was written so far, and the transaction goes on") {
  const auto kind = GENERATE(from_range(testing::database_kinds()));
  Notes notes(kind);
  notes.database.write([](Transaction& transaction) {
    insert_note(transaction, 1);
    transaction.undo();
    insert_note(transaction, 2);
    transaction.undo();
    insert_note(transaction, 3);
  });
  CHECK(notes.count() == 1);
  CHECK(notes.fresh.run("SELECT number FROM notes") == "3");
}

TEST_CASE("undo mends a transaction in which a statement failed") {
  const auto kind = GENERATE(from_range(testing::database_kinds()));
  Notes notes(kind);
  notes.database.write([](Transaction& transaction) {
    CHECK_THROWS_AS(insert_note(transaction, 13), database::ConstraintViolated);
    transaction.undo();
    insert_note(transaction, 14);
  });
  CHECK(notes.fresh.run("SELECT number FROM notes") == "14");
}

TEST_CASE("An exception rolls back and reaches the caller as it is") {
  const auto kind = GENERATE(from_range(testing::database_kinds()));
  Notes notes(kind);
  struct Refused {
    int why;
  };
  try {
    notes.database.write([](Transaction& transaction) {
      insert_note(transaction, 1);
      throw Refused{42};
    });
    FAIL("nothing was thrown");
  } catch (const Refused& refused) {
    CHECK(refused.why == 42);
  }
  CHECK(notes.count() == 0);
}

TEST_CASE("Violated constraints of every kind are told apart from other errors") {
  const auto kind = GENERATE(from_range(testing::database_kinds()));
  Notes notes(kind);
  notes.database.write([](Transaction& transaction) { insert_note(transaction, 1); });
  const auto violate = [&](database::Sql sql) {
    CHECK_THROWS_AS(
        notes.database.write([&](Transaction& transaction) { transaction.execute(sql); }),
        database::ConstraintViolated);
  };
  violate("INSERT INTO notes (number) VALUES (1)");
  violate("INSERT INTO notes (number) VALUES (13)");
  violate("INSERT INTO replies (note) VALUES (99)");
  violate("INSERT INTO replies (note) VALUES (NULL)");
  const auto row_of_a_returning_insert = [](Transaction& transaction) {
    return transaction.row<std::int64_t>("INSERT INTO replies (note) VALUES (99) RETURNING note");
  };
  CHECK_THROWS_AS(notes.database.write(row_of_a_returning_insert), database::ConstraintViolated);
  CHECK(notes.count() == 1);
}

TEST_CASE("A failed statement that the act hides never leads to a success") {
  const auto kind = GENERATE(from_range(testing::database_kinds()));
  Notes notes(kind);
  CHECK_THROWS_AS(notes.database.write([](Transaction& transaction) {
    insert_note(transaction, 1);
    try {
      insert_note(transaction, 13);
    } catch (const database::ConstraintViolated&) {
    }
  }),
                  database::ConstraintViolated);
  CHECK(notes.count() == 0);
}

TEST_CASE("An error's text holds no value that was bound") {
  const auto kind = GENERATE(from_range(testing::database_kinds()));
  Notes notes(kind);
  const auto text_of = [&](auto act) -> std::string {
    try {
      notes.database.write(act);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "";
  };
  const std::string violated =
      text_of([](Transaction& transaction) { insert_note(transaction, 13, "000000001"); });
  CHECK(violated.find("INSERT INTO notes") != std::string::npos);
  CHECK(violated.find("000000001") == std::string::npos);
  const std::string malformed = text_of([](Transaction& transaction) {
    transaction.execute("INSERT INTO nowhere (text) VALUES (:text)", {{"text", "000000001"}});
  });
  CHECK(malformed.find("nowhere") != std::string::npos);
  CHECK(malformed.find("000000001") == std::string::npos);
}

TEST_CASE("Parameters that are not exactly those in the statement are an error") {
  const auto kind = GENERATE(from_range(testing::database_kinds()));
  Notes notes(kind);
  const auto run = [&](database::Sql sql, std::vector<int> values) {
    notes.database.write([&](Transaction& transaction) {
      if (values.empty()) transaction.execute(sql);
      if (values.size() == 1) transaction.execute(sql, {{"a", values[0]}});
      if (values.size() == 2) transaction.execute(sql, {{"a", values[0]}, {"b", values[1]}});
    });
  };
  CHECK_THROWS(run("INSERT INTO notes (number) VALUES (:a)", {}));
  CHECK_THROWS(run("INSERT INTO notes (number) VALUES (:a)", {1, 2}));
  CHECK_THROWS(run("INSERT INTO notes (number) VALUES (:c)", {1}));
  CHECK_NOTHROW(
      run("UPDATE notes SET number = :a WHERE number = :a", {1}));  // one name, used twice
}

TEST_CASE("A read cannot write") {
  const auto kind = GENERATE(from_range(testing::database_kinds()));
  Notes notes(kind);
  CHECK_THROWS(notes.database.read([](Transaction& transaction) { insert_note(transaction, 1); }));
  CHECK(notes.count() == 0);
}

TEST_CASE("A read has one snapshot, and the next one sees what was committed meanwhile") {
  const auto kind = GENERATE(from_range(testing::database_kinds()));
  Notes notes(kind, {.connections = 2});
  for (int round = 0; round < 5; ++round) {
    notes.database.read([&](Transaction& transaction) {
      const auto count = [&] {
        return std::get<0>(*transaction.row<std::int64_t>("SELECT COUNT(*) FROM notes"));
      };
      CHECK(count() == round);
      notes.database.write([&](Transaction& inner) { insert_note(inner, round); });
      CHECK(count() == round);
    });
    CHECK(notes.count() == round + 1);
  }
}

TEST_CASE("Outside of a transaction every statement sees what is committed, and none writes") {
  const auto kind = GENERATE(from_range(testing::database_kinds()));
  Notes notes(kind, {.connections = 2});
  for (int round = 0; round < 5; ++round) {
    notes.database.read_committed([&](Transaction& transaction) {
      const auto count = [&] {
        return std::get<0>(*transaction.row<std::int64_t>("SELECT COUNT(*) FROM notes"));
      };
      CHECK(count() == round);
      notes.database.write([&](Transaction& inner) { insert_note(inner, round); });
      CHECK(count() == round + 1);
      CHECK_THROWS_AS(insert_note(transaction, round + 100), std::logic_error);
      CHECK_THROWS_AS(transaction.execute("SELECT 1"), std::logic_error);
      CHECK_THROWS_AS(transaction.row<std::int64_t>("DELETE FROM notes RETURNING 1"),
                      std::logic_error);
    });
  }
  CHECK(notes.count() == 5);
}

TEST_CASE("A statement that gave one row of many pins no snapshot: checkpoints go through") {
  Notes notes(Kind::sqlite, {.connections = 1});
  notes.database.write([](Transaction& transaction) {
    for (int number = 100; number < 200; ++number) insert_note(transaction, number);
  });
  const auto first = [&] {
    return notes.database.read([](Transaction& transaction) {
      return std::get<0>(
          *transaction.row<std::int64_t>("SELECT number FROM notes ORDER BY number"));
    });
  };
  CHECK(first() == 100);
  notes.database.write([](Transaction& transaction) { insert_note(transaction, 1); });
  CHECK(first() == 1);
  CHECK(notes.fresh.run("PRAGMA wal_checkpoint(TRUNCATE)") == "0");  // 0: not busy
  CHECK(notes.fresh.run("PRAGMA wal_checkpoint(TRUNCATE)") == "0");
}

TEST_CASE("A write within a write is an error, not a deadlock") {
  Notes notes(Kind::sqlite);
  CHECK_THROWS_AS(notes.database.write([&](Transaction&) {
    notes.database.write([](Transaction& transaction) { insert_note(transaction, 1); });
  }),
                  std::logic_error);
}
