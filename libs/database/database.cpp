#include "database/database.hpp"

#include <algorithm>
#include <thread>

#include "database/group_commit.hpp"
#include "database/migrate.hpp"
#include "database/pool.hpp"

namespace database {

namespace {

// For migrations, which concurrent starters wait for.
constexpr std::chrono::seconds migration_wait{120};

// SQLite's readers compute: more of them than the cores can run only share their caches out.
std::size_t readers(std::size_t connections_max) {
  const std::size_t enough = 2 * std::max(std::thread::hardware_concurrency(), 1u);
  return std::min(connections_max, enough);
}

template <class Act>
void with_public_exceptions(Act act) {
  try {
    act();
  } catch (const Fault& fault) {
    std::rethrow_exception(fault.to_exception());
  }
}

}  // namespace

struct Database::State {
  Target target;
  std::unique_ptr<GroupCommit> writer;  // SQLite only
  std::unique_ptr<Pool> pool;           // SQLite's readers; all connections of PostgreSQL

  // Nothing when the database does not answer, or has no schema at all.
  std::optional<Schema> find_schema(const std::vector<Migration>& migrations) {
    std::optional<Schema> schema;
    try {
      pool->run(Connection::Use::read,
                [&](Transaction& transaction) { schema = schema_of(transaction, migrations); });
    } catch (const std::runtime_error&) {
      return std::nullopt;
    }
    return schema;
  }
};

Database::Database(const std::string& url, Options options)
    : state_(new State{parse_url(url), nullptr, nullptr}) {
  const Target& target = state_->target;
  const bool sqlite = target.kind == Kind::sqlite;
  with_public_exceptions([&] {
    if (sqlite) {
      state_->writer =
          std::make_unique<GroupCommit>(target, options.wait, options.writes_queued_max);
    }
    state_->pool = std::make_unique<Pool>(
        target, sqlite ? Connection::Use::read : Connection::Use::write,
        sqlite ? readers(options.connections) : options.connections, options.wait);
  });
}

Database::~Database() = default;

Kind Database::kind() const {
  return state_->target.kind;
}

void Database::migrate(const std::vector<Migration>& migrations) {
  // Nothing to apply or to tell is what most starts find, and they find it on a connection that
  // they need anyway.
  if (state_->find_schema(migrations) == Schema::same) return;
  with_public_exceptions([&] {
    Connection connection(state_->target, Connection::Use::write, migration_wait);
    database::migrate(connection, migrations);
  });
}

bool Database::ready(const std::vector<Migration>& migrations) {
  const auto schema = state_->find_schema(migrations);
  return schema && schema != Schema::older;
}

bool Database::healthy() {
  try {
    if (!ready({})) return false;
    const bool failed =
        state_->writer ? state_->writer->writes_fail() : state_->pool->writes_fail();
    if (failed) {
      write([](Transaction& transaction) {
        transaction.execute("UPDATE schema_version SET applied_at = applied_at");
      });
    }
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

void Database::read_(const AnyAct& act) {
  state_->pool->run(Connection::Use::read, act);
}

void Database::read_committed_(const AnyAct& act) {
  state_->pool->run(Connection::Use::read_committed, act);
}

void Database::write_(const AnyAct& act) {
  if (state_->writer) {
    state_->writer->run(act);
  } else {
    state_->pool->run(Connection::Use::write, act);
  }
}

}  // namespace database
