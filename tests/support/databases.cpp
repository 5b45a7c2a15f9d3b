#include "support/databases.hpp"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdlib.h>

namespace testing {

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// The URL of the cluster's superuser with another database: postgresql://user@host:port/NAME?…
std::string url_of(const std::string& name) {
  std::string url = environment("TEST_POSTGRESQL_URL");
  const auto authority = url.find("://") + 3;
  const auto query = std::min(url.find('?', authority), url.size());
  const auto slash = std::min(url.find('/', authority), query);
  return url.substr(0, slash) + "/" + name + url.substr(query);
}

PGconn* connect(const std::string& url) {
  PGconn* connection = PQconnectdb(url.c_str());
  if (PQstatus(connection) == CONNECTION_OK) return connection;
  const std::string message = PQerrorMessage(connection);
  PQfinish(connection);
  throw std::runtime_error(message);
}

std::string run_on_postgresql(PGconn* connection, const std::string& sql) {
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection, sql.c_str()),
                                                              PQclear);
  const auto status = PQresultStatus(result.get());
  if (status == PGRES_COMMAND_OK) return "";
  if (status == PGRES_TUPLES_OK) {
    return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
  }
  throw std::runtime_error(sql + ": " + PQerrorMessage(connection));
}

std::string run_on_postgresql(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(connect(url), PQfinish);
  return run_on_postgresql(connection.get(), sql);
}

std::string run_on_sqlite(const std::string& path, const std::string& sql) {
  sqlite3* connection = nullptr;
  sqlite3_open(path.c_str(), &connection);
  sqlite3_busy_timeout(connection, 5'000);
  std::string first;
  const auto keep_first = [](void* kept, int columns, char** values, char**) {
    auto& text = *static_cast<std::string*>(kept);
    if (text.empty() && columns > 0 && values[0] != nullptr) text = values[0];
    return 0;
  };
  const int code = sqlite3_exec(connection, sql.c_str(), keep_first, &first, nullptr);
  const std::string message = sqlite3_errmsg(connection);
  sqlite3_close(connection);
  if (code != SQLITE_OK) throw std::runtime_error(sql + ": " + message);
  return first;
}

}  // namespace

std::vector<database::Kind> database_kinds() {
  if (!environment("TEST_POSTGRESQL_URL").empty()) {
    return {database::Kind::sqlite, database::Kind::postgresql};
  }
  if (environment("REQUIRE_POSTGRESQL") == "1") {
    throw std::runtime_error("REQUIRE_POSTGRESQL=1, but TEST_POSTGRESQL_URL is not set");
  }
  return {database::Kind::sqlite};
}

FreshDatabase::FreshDatabase(database::Kind kind) : kind_(kind), keeper_(nullptr, PQfinish) {
  if (kind_ == database::Kind::sqlite) {
    std::string directory = std::filesystem::temp_directory_path() / "countersign-XXXXXX";
    if (mkdtemp(directory.data()) == nullptr) throw std::runtime_error("no temporary directory");
    name_ = directory + "/test.db";
    url_ = "sqlite:" + name_;
    return;
  }
  // Creating one takes seconds on a busy disk, so one that no other test holds is emptied instead.
  keeper_.reset(connect(url_of("postgres")));
  const auto run = [this](const std::string& sql) { return run_on_postgresql(keeper_.get(), sql); };
  int number = 1;
  while (run("SELECT pg_try_advisory_lock(725, " + std::to_string(number) + ")") != "t") ++number;
  name_ = "test_" + std::to_string(number);
  url_ = url_of(name_);
  if (run("SELECT 1 FROM pg_database WHERE datname = '" + name_ + "'").empty()) {
    run("CREATE DATABASE " + name_ + " TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'");
  } else {
    run("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '" + name_ +
        "'");
    run("ALTER DATABASE " + name_ + " RESET ALL");
    run_on_postgresql(
        url_,
        "SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  }
}

FreshDatabase::~FreshDatabase() {
  std::error_code ignored;
  if (kind_ == database::Kind::sqlite) {
    std::filesystem::remove_all(std::filesystem::path(name_).parent_path(), ignored);
  }
}

std::string FreshDatabase::run(const std::string& sql) const {
  return kind_ == database::Kind::sqlite ? run_on_sqlite(name_, sql) : run_on_postgresql(url_, sql);
}

}  // namespace testing
