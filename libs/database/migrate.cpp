#include "database/migrate.hpp"

#include <algorithm>
#include <chrono>
#include <map>

#include <spdlog/spdlog.h>

namespace database {

namespace {

// Held by the starter that migrates; one number for all services, as each has its own database.
constexpr const char* lock_others_out =
    "SET statement_timeout = 0; SET lock_timeout = '120s'; SELECT pg_advisory_lock(7263540001);"
    "SET lock_timeout = '10s'";  // an ALTER TABLE that waits holds up all who come after it

std::map<std::int64_t, std::string> applied_hashes(Connection& connection) {
  std::map<std::int64_t, std::string> hashes;
  connection.select(
      "SELECT number, sha256 FROM schema_version", {}, {ColumnType::integer, ColumnType::text}, 0,
      [&hashes](Row& row) { hashes.emplace(row.integer(0).value(), row.text(1).value()); });
  return hashes;
}

bool is_applied(const Migration& migration, const std::map<std::int64_t, std::string>& hashes) {
  const auto found = hashes.find(migration.number);
  if (found == hashes.end()) return false;
  if (found->second == migration.sha256) return true;
  throw std::runtime_error(std::string("migration ") + migration.name +
                           " has changed since it was applied");
}

std::int64_t unix_milliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// In a transaction of its own, so that a failure leaves the earlier ones and nothing of itself.
void apply(Connection& connection, const Migration& migration) {
  connection.begin(Connection::Use::write);
  try {
    if (!is_applied(migration, applied_hashes(connection))) {  // another starter was faster
      connection.script(expand_tokens(migration.sql, connection.kind()));
      connection.execute(
          "INSERT INTO schema_version (number, name, sha256, applied_at)"
          " VALUES (:number, :name, :sha256, :applied_at)",
          {{"number", migration.number},
           {"name", migration.name},
           {"sha256", migration.sha256},
           {"applied_at", unix_milliseconds()}});
    }
    connection.commit();
  } catch (const Fault& fault) {
    connection.rollback();
    throw Fault{fault.failure, std::string(migration.name) + ": " + fault.text};
  } catch (...) {
    connection.rollback();
    throw;
  }
}

}  // namespace

void migrate(Connection& connection, const std::vector<Migration>& migrations) {
  if (connection.kind() == Kind::postgresql) connection.script(lock_others_out);
  connection.script(
      expand_tokens("CREATE TABLE IF NOT EXISTS schema_version ("
                    " number @INT@ PRIMARY KEY,"
                    " name TEXT NOT NULL,"
                    " sha256 TEXT NOT NULL,"
                    " applied_at @INT@ NOT NULL) @STRICT@",
                    connection.kind()));
  const auto hashes = applied_hashes(connection);
  std::int64_t newest = 0;
  for (const Migration& migration : migrations) {
    is_applied(migration, hashes);  // refuses before anything is applied
    newest = migration.number;
  }
  if (!hashes.empty() && hashes.rbegin()->first > newest) {
    spdlog::warn("the database has migration {}, newer than {}, the newest known here",
                 hashes.rbegin()->first, newest);
  }
  for (const Migration& migration : migrations) {
    if (!is_applied(migration, hashes)) apply(connection, migration);
  }
}

Schema schema_of(Transaction& transaction, const std::vector<Migration>& migrations) {
  const auto rows =
      transaction.rows<std::int64_t, std::string>("SELECT number, sha256 FROM schema_version");
  const auto is_recorded = [&rows](const Migration& migration) {
    return std::count(rows.begin(), rows.end(),
                      std::tuple<std::int64_t, std::string>(migration.number, migration.sha256)) ==
           1;
  };
  if (!std::all_of(migrations.begin(), migrations.end(), is_recorded)) return Schema::older;
  return rows.size() == migrations.size() ? Schema::same : Schema::newer;
}

}  // namespace database
