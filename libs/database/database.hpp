#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "database/migration.hpp"

namespace database {

enum class Kind { sqlite, postgresql };

/// The database is away, full, locked or too busy: nothing was written, try again later (503).
struct Unavailable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The connection to PostgreSQL broke during COMMIT: the transaction was written, or it was not.
struct OutcomeUnknown : Unavailable {
  using Unavailable::Unavailable;
};

/// A constraint of the schema refused a write. The rules should have refused first: see the log.
struct ConstraintViolated : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// SQL text. Only a literal converts, so no statement is ever built from input.
/// Values are bound by name (":id"). Tokens of migration.hpp, @SKIP_LOCKED@ and @FOR_UPDATE@
/// (nothing on SQLite), and @JSON_TEXTS@(:texts) (rows with the column `value` from a JSON array of
/// texts) are expanded. No comments inside: SOCI's rewriter does not know them.
class Sql {
 public:
  consteval Sql(const char* literal) : text_(literal) {}
  const char* text() const { return text_; }

 private:
  const char* text_;
};

/// What is bound to a name; std::monostate is NULL.
using Value = std::variant<std::monostate, std::int64_t, std::string_view>;

struct Parameter {
  /// `bound` is text, an integer, a bool (0 or 1), or an optional of these. Text is only looked at:
  /// it is to live as long as this, as temporaries do in a list of parameters.
  template <class T>
  Parameter(const char* bound_name, const T& bound) : name(bound_name), value(to_value(bound)) {}

  const char* name;  // without the colon; a literal
  Value value;

 private:
  static Value to_value(std::integral auto bound) { return static_cast<std::int64_t>(bound); }
  static Value to_value(std::string_view bound) { return bound; }
  template <class T>
  static Value to_value(const std::optional<T>& bound) {
    return bound ? to_value(*bound) : Value{};
  }
};

using Parameters = std::initializer_list<Parameter>;

/// What a column is read as: std::int64_t, std::string, or std::optional of either.
/// A NULL in a column that is not optional throws std::runtime_error.
enum class ColumnType { integer, text };

/// The row a statement stands at; std::nullopt is NULL. A column is read as the type that it was
/// selected as, and once.
class Row {
 public:
  virtual std::optional<std::int64_t> integer(std::size_t column) = 0;
  virtual std::optional<std::string> text(std::size_t column) = 0;

 protected:
  ~Row() = default;
};
using EachRow = std::function<void(Row&)>;

/// One transaction on one connection, for one thread. Handed out by Database::read and ::write.
class Transaction {
 public:
  virtual ~Transaction() = default;
  Transaction() = default;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  Kind kind() const { return kind_(); }

  /// Runs a statement that returns no rows; the number of rows it touched.
  std::int64_t execute(Sql sql, Parameters parameters = {}) { return execute_(sql, parameters); }

  /// The first row, if any. Works with INSERT/UPDATE … RETURNING, which runs exactly once.
  template <class... Columns>
  std::optional<std::tuple<Columns...>> row(Sql sql, Parameters parameters = {}) {
    auto found = rows_<Columns...>(sql, parameters, 1);
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
  }

  /// All rows of a SELECT.
  template <class... Columns>
  std::vector<std::tuple<Columns...>> rows(Sql sql, Parameters parameters = {}) {
    return rows_<Columns...>(sql, parameters, 0);
  }

  /// Forgets everything this transaction wrote so far and releases its locks; it goes on empty.
  virtual void undo() = 0;

 protected:
  virtual Kind kind_() const = 0;
  virtual std::int64_t execute_(Sql sql, Parameters parameters) = 0;
  /// Shows `each` the rows. `rows_max` 0 means all.
  virtual void select_(Sql sql, Parameters parameters, const std::vector<ColumnType>& columns,
                       std::size_t rows_max, const EachRow& each) = 0;

 private:
  template <class Column>
  struct Reader;
  template <class... Columns>
  std::vector<std::tuple<Columns...>> rows_(Sql sql, Parameters parameters, std::size_t rows_max);
};

struct Options {
  std::size_t connections = 8;            // at most: readers (SQLite), all (PostgreSQL)
  std::chrono::milliseconds wait{2'000};  // for a free connection or a lock
  std::size_t writes_queued_max = 4'096;  // SQLite: further writes are Unavailable
};

/// A database chosen by URL: "sqlite:var/membership.db" or "postgresql://user@host/name".
/// Shared by threads. SQLite: one writer thread that commits what is queued in groups
/// (a SAVEPOINT per act, one COMMIT with synchronous=FULL), and read-only connections.
/// PostgreSQL: a pool of connections.
class Database {
 public:
  /// Opens and checks the settings; throws Unavailable when it does not answer and
  /// std::invalid_argument for a malformed URL or unsafe settings.
  explicit Database(const std::string& url, Options options = {});
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Kind kind() const;

  /// Applies what is missing, once among concurrent starters. Throws std::runtime_error when an
  /// applied file has changed since. A newer database is accepted (expand, then contract).
  void migrate(const std::vector<Migration>& migrations);

  /// True when every one of `migrations` has been applied, and the database answers.
  bool ready(const std::vector<Migration>& migrations);

  /// True when it can be read and written. Whether it takes writes is only tried when the last one
  /// failed because it was away, full or locked. migrate() comes before.
  bool healthy();

  /// Runs `act` in one read-only transaction with one snapshot; its result is returned.
  template <class Act>
  auto read(Act&& act) -> decltype(act(std::declval<Transaction&>())) {
    return run_<decltype(act(std::declval<Transaction&>()))>(act, &Database::read_);
  }

  /// Runs the SELECTs of `act` without a transaction around them: each sees what is committed when
  /// it begins; any other statement throws std::logic_error. Cheaper than read(), and right only
  /// where one statement is the whole answer.
  template <class Act>
  auto read_committed(Act&& act) -> decltype(act(std::declval<Transaction&>())) {
    return run_<decltype(act(std::declval<Transaction&>()))>(act, &Database::read_committed_);
  }

  /// Runs `act` in one write transaction and returns its result once that is durable. An exception
  /// from `act` rolls back and is rethrown; a failed statement rolls back even if `act` hides it.
  /// `act` may run again after a serialization failure or a lost lock, and on another thread: it
  /// has no effect outside the transaction.
  template <class Act>
  auto write(Act&& act) -> decltype(act(std::declval<Transaction&>())) {
    return run_<decltype(act(std::declval<Transaction&>()))>(act, &Database::write_);
  }

 private:
  using AnyAct = std::function<void(Transaction&)>;
  void read_(const AnyAct& act);
  void read_committed_(const AnyAct& act);
  void write_(const AnyAct& act);

  template <class Result, class Act>
  Result run_(Act& act, void (Database::*run)(const AnyAct&)) {
    if constexpr (std::is_void_v<Result>) {
      (this->*run)([&](Transaction& transaction) { act(transaction); });
    } else {
      std::optional<Result> result;
      (this->*run)([&](Transaction& transaction) { result.emplace(act(transaction)); });
      return *std::move(result);
    }
  }

  struct State;
  std::unique_ptr<State> state_;
};

template <>
struct Transaction::Reader<std::optional<std::int64_t>> {
  static constexpr ColumnType type = ColumnType::integer;
  static auto read(Row& row, std::size_t column) { return row.integer(column); }
};

template <>
struct Transaction::Reader<std::optional<std::string>> {
  static constexpr ColumnType type = ColumnType::text;
  static auto read(Row& row, std::size_t column) { return row.text(column); }
};

template <class Column>
struct Transaction::Reader {
  static constexpr ColumnType type = Reader<std::optional<Column>>::type;
  static Column read(Row& row, std::size_t column) {
    auto value = Reader<std::optional<Column>>::read(row, column);
    if (!value) throw std::runtime_error("NULL in a column that must have a value");
    return *std::move(value);
  }
};

template <class... Columns>
std::vector<std::tuple<Columns...>> Transaction::rows_(Sql sql, Parameters parameters,
                                                       std::size_t rows_max) {
  static const std::vector<ColumnType> types{Reader<Columns>::type...};
  std::vector<std::tuple<Columns...>> result;
  select_(sql, parameters, types, rows_max, [&result](Row& row) {
    [&]<std::size_t... column>(std::index_sequence<column...>) {
      result.emplace_back(Reader<Columns>::read(row, column)...);
    }
    (std::index_sequence_for<Columns...>{});
  });
  return result;
}

}  // namespace database
