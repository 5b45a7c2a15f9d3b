#pragma once

namespace database {

/// One numbered file of a service's storage/migrations, compiled in by
/// cmake/embed_migrations.cmake. Tokens stand for what differs between the databases: @INT@ (64-bit
/// integer), @SEQ@ (generated integer primary key), @STRICT@ (table option that makes SQLite check
/// types).
struct Migration {
  int number;          // 1, 2, …: the four digits the file name starts with
  const char* name;    // the file name
  const char* sha256;  // of the file; a changed file that was already applied refuses to start
  const char* sql;
};

}  // namespace database
