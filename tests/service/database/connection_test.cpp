#include <atomic>
#include <barrier>
#include <cstdlib>
#include <filesystem>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "notes.hpp"
#include "support/cluster.hpp"
#include "support/peer.hpp"

using namespace std::chrono_literals;
using database::Database;
using database::Kind;
using database::Transaction;
using database::Unavailable;
using testing::FreshDatabase;
using testing::insert_note;
using testing::Notes;

namespace {

bool has_postgresql() {
  return testing::database_kinds().size() == 2;
}

void end_other_connections(const FreshDatabase& fresh) {
  fresh.run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
      " WHERE datname = current_database() AND pid <> pg_backend_pid()");
}

std::size_t open_descriptors() {
  std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// Passes bytes between a client and the server, until a COMMIT comes while `armed`.
class CuttingProxy {
 public:
  explicit CuttingProxy(const std::string& server_url, bool server_gets_the_commit)
      : server_gets_the_commit_(server_gets_the_commit),
        peer_([this](int client) { pass(client); }) {
    const auto authority = server_url.find('@') + 1;
    const auto colon = server_url.find(':', authority);
    server_port_ = static_cast<std::uint16_t>(std::atoi(server_url.c_str() + colon + 1));
    const auto slash = server_url.find('/', authority);
    url_ = server_url.substr(0, authority) + peer_.url().substr(7) + server_url.substr(slash);
  }

  const std::string& url() const { return url_; }
  std::atomic<bool> armed = false;

 private:
  void pass(int client) {
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(server_port_);
    if (::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      while (pass_once(client, server)) {
      }
    }
    ::close(server);
  }

  bool pass_once(int client, int server) {
    pollfd both[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    ::poll(both, 2, -1);
    for (const auto& [from, to] : {std::pair(0, server), std::pair(1, client)}) {
      if (both[from].revents == 0) continue;
      char bytes[65'536];
      const auto size = ::recv(both[from].fd, bytes, sizeof bytes, 0);
      if (size <= 0) return false;
      const std::string passed(bytes, static_cast<std::size_t>(size));
      const bool cut = from == 0 && armed && passed.find("COMMIT") != std::string::npos;
      if (cut && !server_gets_the_commit_) return false;
      if (!testing::write_all(to, passed)) return false;
      if (cut) {
        ::recv(server, bytes, sizeof bytes, 0);  // the answer the client never sees
        return false;
      }
    }
    return true;
  }

  const bool server_gets_the_commit_;
  std::uint16_t server_port_ = 0;
  std::string url_;
  testing::RawPeer peer_;
};

}  // namespace

TEST_CASE("Unsafe settings are refused: SQLite without a write-ahead log") {
  CHECK_THROWS_AS(Database("sqlite::memory:"), std::invalid_argument);
}

TEST_CASE("SQLite runs with a write-ahead log that is flushed at every commit") {
  Notes notes(Kind::sqlite);
  CHECK(notes.fresh.run("PRAGMA journal_mode") == "wal");
  notes.database.write([](Transaction& transaction) {
    CHECK(transaction.row<std::int64_t>("PRAGMA synchronous") == std::tuple<std::int64_t>(2));
    CHECK(transaction.row<std::int64_t>("PRAGMA foreign_keys") == std::tuple<std::int64_t>(1));
  });
}

TEST_CASE("Unsafe settings are refused: PostgreSQL that acknowledges what is not on disk") {
  if (!has_postgresql()) return;
  FreshDatabase fresh(Kind::postgresql);
  CHECK_THROWS_AS(Database(fresh.url() + "?options=-c%20synchronous_commit%3Doff"),
                  std::invalid_argument);
  fresh.run("ALTER DATABASE " + fresh.path() + " SET synchronous_commit = off");
  CHECK_THROWS_AS(Database(fresh.url()), std::invalid_argument);
}

TEST_CASE("Unsafe settings are refused: PostgreSQL that flushes nothing, or halves of pages") {
  if (!has_postgresql()) return;
  const auto setting = GENERATE(as<std::string>{}, "fsync=off", "full_page_writes=off");
  testing::Cluster cluster;
  cluster.start({"-c", setting});
  CHECK_THROWS_AS(Database(cluster.url()), std::invalid_argument);
  cluster.stop();
  cluster.start();
  CHECK_NOTHROW(Database(cluster.url()));
}

TEST_CASE("A PostgreSQL that only reads, as a standby, is Unavailable to writes until it writes") {
  if (!has_postgresql()) return;
  Notes notes(Kind::postgresql, {.wait = 200ms});
  const auto write = [&] {
    notes.database.write([](Transaction& transaction) { insert_note(transaction, std::nullopt); });
  };
  notes.fresh.run("ALTER DATABASE " + notes.fresh.path() +
                  " SET default_transaction_read_only = on");
  end_other_connections(notes.fresh);
  CHECK_THROWS_AS(write(), Unavailable);
  CHECK(notes.count() == 0);
  CHECK_FALSE(notes.database.healthy());
  notes.fresh.run("BEGIN READ WRITE; ALTER DATABASE " + notes.fresh.path() +
                  " RESET default_transaction_read_only; COMMIT");
  CHECK_NOTHROW(write());
  CHECK(notes.database.healthy());
}

TEST_CASE("A database that does not answer is Unavailable, and failing leaks no descriptor") {
  const std::string url =
      GENERATE("sqlite:/nowhere/at/all.db", "sqlite:/proc", "postgresql://nobody@127.0.0.1:1/none");
  CHECK_THROWS_AS(Database(url), Unavailable);
  const auto before = open_descriptors();
  for (int i = 0; i < 10; ++i) CHECK_THROWS_AS(Database(url), Unavailable);
  CHECK(open_descriptors() == before);
}

TEST_CASE("Transactions that deadlock are run again") {
  if (!has_postgresql()) return;
  Notes notes(Kind::postgresql, {.wait = 20s});
  notes.fresh.run("ALTER DATABASE " + notes.fresh.path() + " SET deadlock_timeout = '20ms'");
  notes.database.write([](Transaction& transaction) {
    insert_note(transaction, 1, "");
    insert_note(transaction, 2, "");
  });
  Database database(notes.fresh.url(), {.wait = 20s});
  std::atomic<int> runs = 0;
  std::barrier both_hold_one(2);
  testing::on_threads(2, [&](int thread) {
    bool first_run = true;
    database.write([&](Transaction& transaction) {
      ++runs;
      const auto mark = [&](int number) {
        transaction.execute("UPDATE notes SET text = text || 'x' WHERE number = :number",
                            {{"number", number}});
      };
      mark(thread == 0 ? 1 : 2);
      if (std::exchange(first_run, false)) both_hold_one.arrive_and_wait();
      mark(thread == 0 ? 2 : 1);
    });
  });
  CHECK(runs > 2);
  CHECK(notes.fresh.run("SELECT COUNT(*) FROM notes WHERE text = 'xx'") == "2");
}

TEST_CASE("Transactions that cannot be serialized are run again") {
  if (!has_postgresql()) return;
  FreshDatabase fresh(Kind::postgresql);
  fresh.run("ALTER DATABASE " + fresh.path() + " SET default_transaction_isolation = serializable");
  Database database(fresh.url(), {.wait = 30s});
  database.migrate(testing::notes_schema);
  database.write([](Transaction& transaction) { insert_note(transaction, 1'000); });
  std::atomic<int> runs = 0;
  testing::on_threads(4, [&](int) {
    for (int round = 0; round < 10; ++round) {
      database.write([&](Transaction& transaction) {
        ++runs;
        const auto number = transaction.row<std::int64_t>("SELECT number FROM notes");
        transaction.execute("UPDATE notes SET number = :number",
                            {{"number", std::get<0>(*number) + 1}});
      });
    }
  });
  CHECK(fresh.run("SELECT number FROM notes") == "1040");
  CHECK(runs > 40);
}

TEST_CASE("A serialization failure that the act hides is still run again") {
  if (!has_postgresql()) return;
  Notes notes(Kind::postgresql);
  int runs = 0;
  notes.database.write([&](Transaction& transaction) {
    insert_note(transaction, 1);
    if (++runs > 1) return;
    try {
      transaction.execute("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$");
    } catch (const std::exception&) {
      throw std::logic_error("something else");
    }
  });
  CHECK(runs == 2);
  CHECK(notes.count() == 1);
}

TEST_CASE("Killed backends are replaced, and the transaction runs again") {
  if (!has_postgresql()) return;
  Notes notes(Kind::postgresql);
  notes.database.write([](Transaction& transaction) { insert_note(transaction, 1); });
  end_other_connections(notes.fresh);
  CHECK(notes.count() == 1);
  end_other_connections(notes.fresh);
  notes.database.write([](Transaction& transaction) { insert_note(transaction, 2); });
  int runs = 0;
  notes.database.write([&](Transaction& transaction) {
    insert_note(transaction, 3);
    if (++runs == 1) end_other_connections(notes.fresh);
    insert_note(transaction, 4);
  });
  CHECK(runs == 2);
  CHECK(notes.count() == 4);
}

TEST_CASE("A connection that is lost during COMMIT is Unavailable and not tried again") {
  if (!has_postgresql()) return;
  const bool server_gets_the_commit = GENERATE(true, false);
  FreshDatabase fresh(Kind::postgresql);
  CuttingProxy proxy(fresh.url(), server_gets_the_commit);
  Database database(proxy.url());
  database.migrate(testing::notes_schema);
  proxy.armed = true;
  int runs = 0;
  CHECK_THROWS_AS(database.write([&](Transaction& transaction) {
    ++runs;
    insert_note(transaction, 1);
  }),
                  database::OutcomeUnknown);
  CHECK(runs == 1);
  proxy.armed = false;
  CHECK(fresh.run("SELECT COUNT(*) FROM notes") == (server_gets_the_commit ? "1" : "0"));
  CHECK_NOTHROW(database.write([&](Transaction& transaction) { insert_note(transaction, 2); }));
}

TEST_CASE("A connection whose cached statements no longer fit the schema is replaced") {
  if (!has_postgresql()) return;
  Notes notes(Kind::postgresql, {.connections = 1});
  const auto text = [&] {
    return notes.database.read([](Transaction& transaction) {
      return transaction.row<std::string>("SELECT text FROM notes");
    });
  };
  notes.database.write([](Transaction& transaction) { insert_note(transaction, 1, "7"); });
  CHECK(text() == std::tuple<std::string>("7"));
  notes.fresh.run("ALTER TABLE notes ALTER COLUMN text TYPE BIGINT USING text::BIGINT");
  CHECK(text() == std::tuple<std::string>("7"));
}

TEST_CASE("A statement that runs too long is ended and Unavailable") {
  if (!has_postgresql()) return;
  FreshDatabase fresh(Kind::postgresql);
  Database database(fresh.url());
  CHECK_THROWS_AS(database.read([](Transaction& transaction) {
    transaction.execute("SET LOCAL statement_timeout = '50ms'");
    transaction.execute("SELECT pg_sleep(30)");
  }),
                  Unavailable);
}
