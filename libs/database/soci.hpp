#pragma once

// The only place that includes SOCI. Its SQLite header includes <sqlite3.h> inside a namespace, so
// the C API has to be there first, under both names.
#include <sqlite3.h>

namespace sqlite_api {
using ::sqlite3;
using ::sqlite3_destructor_type;
using ::sqlite3_int64;
using ::sqlite3_stmt;
}  // namespace sqlite_api

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
