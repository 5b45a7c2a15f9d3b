#include "database/target.hpp"

namespace database {

namespace {

struct Token {
  std::string_view name;
  std::string_view sqlite;
  std::string_view postgresql;
};

constexpr Token tokens[] = {
    {"INT", "INTEGER", "BIGINT"},
    {"SEQ", "INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"},
    {"STRICT", "STRICT", ""},
    {"FOR_UPDATE", "", "FOR UPDATE"},
    {"JSON_TEXTS", "json_each", "json_array_elements_text"},
    {"SKIP_LOCKED", "", "FOR UPDATE SKIP LOCKED"},
};

std::string_view meaning_of(std::string_view name, Kind kind) {
  for (const Token& token : tokens) {
    if (token.name == name) return kind == Kind::sqlite ? token.sqlite : token.postgresql;
  }
  throw std::logic_error("unknown token @" + std::string(name) + "@ in SQL");
}

}  // namespace

Target parse_url(const std::string& url) {
  const std::string sqlite = "sqlite:";
  if (url.starts_with(sqlite)) {
    const std::string path = url.substr(sqlite.size());
    if (path.empty() || path.find_first_of("\"?") != std::string::npos) {
      throw std::invalid_argument("a SQLite URL is sqlite:PATH, without parameters");
    }
    return {Kind::sqlite, path};
  }
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
    return {Kind::postgresql, url};
  }
  throw std::invalid_argument("a database URL starts with sqlite: or postgresql://");
}

std::string expand_tokens(const std::string& sql, Kind kind) {
  std::string expanded;
  std::size_t done = 0;
  for (auto at = sql.find('@'); at != std::string::npos; at = sql.find('@', at + 1)) {
    const auto end = sql.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", at + 1);
    if (end == std::string::npos || end == at + 1 || sql[end] != '@') continue;
    expanded.append(sql, done, at - done);
    expanded += meaning_of(std::string_view(sql).substr(at + 1, end - at - 1), kind);
    done = end + 1;
    at = end;
  }
  return expanded.append(sql, done);
}

}  // namespace database
