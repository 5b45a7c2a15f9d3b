#pragma once

#include <memory>
#include <string>
#include <vector>

#include "database/database.hpp"

struct pg_conn;

namespace testing {

/// The databases to run a test on, for GENERATE(from_range(…)): SQLite, and PostgreSQL where
/// TEST_POSTGRESQL_URL names a throw-away cluster's superuser. With REQUIRE_POSTGRESQL=1 and no
/// such URL it throws.
std::vector<database::Kind> database_kinds();

/// An empty database for this test alone. SQLite's is deleted at the end; PostgreSQL's goes with
/// the cluster, or is emptied for the next test.
class FreshDatabase {
 public:
  explicit FreshDatabase(database::Kind kind);
  ~FreshDatabase();
  FreshDatabase(const FreshDatabase&) = delete;
  FreshDatabase& operator=(const FreshDatabase&) = delete;

  const std::string& url() const { return url_; }
  /// SQLite: the file.
  const std::string& path() const { return name_; }
  /// Runs `sql` as superuser, outside the library under test, without a transaction; the first
  /// value of the result or "".
  std::string run(const std::string& sql) const;

 private:
  database::Kind kind_;
  std::string name_;  // of the PostgreSQL database, or the SQLite file
  std::string url_;
  std::unique_ptr<pg_conn, void (*)(pg_conn*)> keeper_;  // holds PostgreSQL's database for us
};

}  // namespace testing
