#include "database/target.hpp"

#include <catch2/catch.hpp>

using database::Kind;

TEST_CASE("A database is chosen by its URL") {
  CHECK(database::parse_url("sqlite:var/membership.db").kind == Kind::sqlite);
  CHECK(database::parse_url("sqlite:var/membership.db").address == "var/membership.db");
  CHECK(database::parse_url("postgresql://app@db/membership").kind == Kind::postgresql);
}

TEST_CASE("A malformed database URL is refused") {
  const auto url = GENERATE("", "sqlite:", "mysql://host/name", "postgresql:name", "var/x.db",
                            "sqlite:x.db?synchronous=OFF", "sqlite:x.db\" synchronous=\"OFF");
  CHECK_THROWS_AS(database::parse_url(url), std::invalid_argument);
}

TEST_CASE("Tokens stand for what differs between the databases") {
  const std::string sql = "CREATE TABLE t (n @SEQ@, v @INT@, mail TEXT DEFAULT 'a@b@c') @STRICT@";
  CHECK(database::expand_tokens(sql, Kind::sqlite) ==
        "CREATE TABLE t (n INTEGER PRIMARY KEY AUTOINCREMENT, v INTEGER, mail TEXT DEFAULT "
        "'a@b@c') STRICT");
  CHECK(database::expand_tokens(sql, Kind::postgresql) ==
        "CREATE TABLE t (n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v BIGINT, mail TEXT "
        "DEFAULT 'a@b@c') ");
}

TEST_CASE("An unknown token is refused instead of becoming a type SQLite never heard of") {
  CHECK_THROWS_AS(database::expand_tokens("v @INTEGER@", Kind::sqlite), std::logic_error);
}
