#include <atomic>
#include <csignal>
#include <future>
#include <mutex>

#include <catch2/catch.hpp>
#include <sys/resource.h>

#include "notes.hpp"

using namespace std::chrono_literals;
using database::Kind;
using database::Transaction;
using database::Unavailable;
using testing::eventually;
using testing::insert_note;
using testing::Notes;
using testing::on_threads;

TEST_CASE("An act that throws takes nothing of its neighbours with it") {
  Notes notes(GENERATE(from_range(testing::database_kinds())));
  std::atomic<int> wrong_answers = 0;
  on_threads(16, [&](int thread) {
    for (int round = 0; round < 20; ++round) {
      const int number = 1'000 + thread * 20 + round;
      try {
        const int told = notes.database.write([&](Transaction& transaction) {
          insert_note(transaction, number);
          if (number % 3 == 0) throw std::invalid_argument("refused");
          if (number % 3 == 1) insert_note(transaction, 13);
          return number;
        });
        if (told != number || number % 3 != 2) ++wrong_answers;
      } catch (const std::invalid_argument&) {
        if (number % 3 != 0) ++wrong_answers;
      } catch (const database::ConstraintViolated&) {
        if (number % 3 != 1) ++wrong_answers;
      }
    }
  });
  CHECK(wrong_answers == 0);
  CHECK(notes.fresh.run("SELECT COUNT(*) FROM notes WHERE number % 3 = 2") ==
        std::to_string(notes.count()));
  CHECK(notes.count() == 107);
}

TEST_CASE("Writes that wait together share a commit") {
  Notes notes(Kind::sqlite);
  std::atomic<std::int64_t> most_uncommitted = 0;
  CHECK(eventually([&] {
    on_threads(8, [&](int) {
      notes.database.write([&](Transaction& transaction) {
        insert_note(transaction, std::nullopt);
        const auto written = transaction.row<std::int64_t>("SELECT COUNT(*) FROM notes");
        const std::int64_t uncommitted = std::get<0>(*written) - notes.count();
        if (uncommitted > most_uncommitted) most_uncommitted = uncommitted;
      });
    });
    return most_uncommitted > 1;
  }));
}

TEST_CASE("When too many writes wait, further ones are refused at once") {
  Notes notes(Kind::sqlite, {.writes_queued_max = 2});
  std::promise<void> running, release;
  auto released = release.get_future().share();
  std::thread first([&] {
    notes.database.write([&](Transaction& transaction) {
      insert_note(transaction, 1);
      running.set_value();
      released.wait();
    });
  });
  running.get_future().wait();
  std::atomic<int> refused = 0;
  std::thread others([&] {
    on_threads(10, [&](int thread) {
      try {
        notes.database.write(
            [&](Transaction& transaction) { insert_note(transaction, 100 + thread); });
      } catch (const Unavailable&) {
        ++refused;
      }
    });
  });
  CHECK(eventually([&] { return refused == 8; }));
  release.set_value();
  first.join();
  others.join();
  CHECK(refused == 8);
  CHECK(notes.count() == 3);
}

TEST_CASE("A disk that takes no more makes writes Unavailable, and nothing acknowledged is lost") {
  Notes notes(Kind::sqlite);
  std::atomic<int> acknowledged = 0;
  std::atomic<int> unavailable = 0;
  std::atomic<int> others = 0;
  const auto write_until_refused = [&](int) {
    for (int round = 0; round < 200; ++round) {
      try {
        notes.database.write([&](Transaction& transaction) {
          insert_note(transaction, std::nullopt, std::string(20'000, 'x'));
        });
        ++acknowledged;
      } catch (const Unavailable&) {
        ++unavailable;
        return;
      } catch (...) {
        ++others;
      }
    }
  };
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  getrlimit(RLIMIT_FSIZE, &old_limit);
  const rlimit full{2'000'000, old_limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &full);
  on_threads(6, write_until_refused);
  const int readable = static_cast<int>(notes.count());
  setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);

  CHECK(unavailable == 6);
  CHECK(others == 0);
  CHECK(acknowledged > 10);
  CHECK(readable == acknowledged);
  CHECK(notes.database.healthy());
  notes.database.write([&](Transaction& transaction) { insert_note(transaction, 1); });
  CHECK(notes.count() == acknowledged + 1);
  CHECK(notes.fresh.run("PRAGMA integrity_check") == "ok");
}

TEST_CASE("What is locked by another is Unavailable within the wait, and free again afterwards") {
  const auto kind = GENERATE(from_range(testing::database_kinds()));
  Notes notes(kind, {.wait = 300ms});
  notes.database.write([](Transaction& transaction) { insert_note(transaction, 1); });
  const auto rewrite = [](Transaction& transaction) {
    transaction.execute("UPDATE notes SET text = 'x' WHERE number = 1");
  };
  database::Database other(notes.fresh.url());
  std::promise<void> locked, release;
  auto released = release.get_future();
  std::thread locker([&] {
    other.write([&](Transaction& transaction) {
      rewrite(transaction);
      locked.set_value();
      released.wait();
    });
  });
  locked.get_future().wait();
  const auto begin = std::chrono::steady_clock::now();
  CHECK_THROWS_AS(notes.database.write(rewrite), Unavailable);
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
  CHECK(notes.count() == 1);                                      // readers do not wait
  CHECK(notes.database.healthy() == (kind == Kind::postgresql));  // there only a row is locked
  release.set_value();
  locker.join();
  CHECK_NOTHROW(notes.database.write(rewrite));
  CHECK(notes.database.healthy());
}

TEST_CASE("When all connections are taken, a read is Unavailable within the wait") {
  Notes notes(GENERATE(from_range(testing::database_kinds())), {.connections = 1, .wait = 100ms});
  notes.database.read([&](Transaction&) { CHECK_THROWS_AS(notes.count(), Unavailable); });
  CHECK(notes.count() == 0);
}

TEST_CASE("A database that ends finishes the writes that wait") {
  testing::FreshDatabase fresh(Kind::sqlite);
  std::atomic<int> acknowledged = 0;
  std::vector<std::thread> threads;
  {
    database::Database database(fresh.url());
    database.migrate(testing::notes_schema);
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        database.write([](Transaction& transaction) { insert_note(transaction, std::nullopt); });
        ++acknowledged;
      });
    }
    for (auto& thread : threads) thread.join();
  }
  CHECK(acknowledged == 8);
  CHECK(fresh.run("SELECT COUNT(*) FROM notes") == "8");
}
