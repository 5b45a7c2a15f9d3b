#pragma once

#include <string>

#include "database/database.hpp"

namespace database {

/// What a URL names.
struct Target {
  Kind kind;
  std::string address;  // a path for SQLite, the whole URL for PostgreSQL
};

/// Throws std::invalid_argument.
Target parse_url(const std::string& url);

/// `sql` with every @TOKEN@ replaced by what it stands for; throws std::logic_error for one that is
/// not known.
std::string expand_tokens(const std::string& sql, Kind kind);

}  // namespace database
