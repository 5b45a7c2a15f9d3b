#include "bench/data.hpp"

#include <cstdlib>
#include <memory>
#include <stdexcept>

#include <libpq-fe.h>
#include <sqlite3.h>

#include "bench/processes.hpp"
#include "vocabulary/timestamp.hpp"

namespace bench {

namespace {

std::string cluster_url() {
  const char* url = std::getenv("TEST_POSTGRESQL_URL");
  if (url == nullptr) throw std::runtime_error("TEST_POSTGRESQL_URL is not set");
  return url;
}

void run_on_postgresql(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(url.c_str()), PQfinish);
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection.get(), sql.c_str()),
                                                              PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
    throw std::runtime_error(PQerrorMessage(connection.get()));
  }
}

void run_on_sqlite(const std::string& path, const std::string& sql) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open(path.c_str(), &opened);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> connection(opened, sqlite3_close);
  if (code != SQLITE_OK || sqlite3_exec(opened, sql.c_str(), nullptr, nullptr, nullptr) != 0) {
    throw std::runtime_error(sqlite3_errmsg(opened));
  }
}

std::string quoted_name(const std::filesystem::path& path) {
  return '"' + path.filename().string() + '"';
}

}  // namespace

Data::Data(database::Kind kind, const World& world, const std::filesystem::path& programs,
           const std::filesystem::path& folder)
    : kind_(kind), path_(folder / "bench") {
  choose_name();
  if (kind_ == database::Kind::postgresql) {
    run_on_postgresql(cluster_url(), "CREATE DATABASE " + quoted_name(path_));
  }
  run_to_end({programs / "services/membership/membership", "migrate"},
             {{"MEMBERSHIP_DATABASE_URL", url_},
              {"MEMBERSHIP_CLIENT_SECRET", "bench"},
              {"MEMBERSHIP_AUDIT_KEY", audit_key}});
  const auto now = vocabulary::to_unix(vocabulary::now());
  // All of it is on the disk before anything is measured, for what is written and synced later is
  // felt by commits, also those to other databases.
  if (kind_ == database::Kind::postgresql) {
    run_on_postgresql(url_, world.sql(true, now));
    run_on_postgresql(url_, "VACUUM ANALYZE");
    run_on_postgresql(url_, "CHECKPOINT");
  } else {
    run_on_sqlite(path_, "PRAGMA synchronous = OFF; PRAGMA cache_size = -500000; BEGIN;" +
                             world.sql(false, now) +
                             "COMMIT; PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE);");
  }
}

Data::Data(const Data& original) : kind_(original.kind_), path_(original.path_) {
  choose_name();
  if (kind_ == database::Kind::postgresql) {
    run_on_postgresql(cluster_url(), "CREATE DATABASE " + quoted_name(path_) + " TEMPLATE " +
                                         quoted_name(original.path_));
  } else {
    std::filesystem::copy_file(original.path_, path_);
  }
}

Data::~Data() {
  try {
    if (kind_ == database::Kind::postgresql) {
      run_on_postgresql(cluster_url(), "DROP DATABASE " + quoted_name(path_) + " WITH (FORCE)");
    } else {
      for (const char* suffix : {"", "-wal", "-shm"}) {
        std::filesystem::remove(path_.string() + suffix);
      }
    }
  } catch (const std::exception&) {
    // The folder and the cluster are thrown away after us.
  }
}

void Data::choose_name() {
  static int last = 0;
  path_.replace_filename("bench_" + std::to_string(++last));
  if (kind_ == database::Kind::sqlite) {
    url_ = "sqlite:" + path_.string();
    return;
  }
  // postgresql://user@host:port/NAME
  const auto cluster = cluster_url();
  url_ = cluster.substr(0, cluster.rfind('/') + 1) + path_.filename().string();
}

}  // namespace bench
