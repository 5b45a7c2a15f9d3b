#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "database/fault.hpp"
#include "database/soci.hpp"
#include "database/target.hpp"

namespace database {

/// One connection with its prepared statements. Used by one thread at a time. Throws Fault.
class Connection {
 public:
  enum class Use { read, read_committed, write };

  /// Connects and checks the settings; throws std::invalid_argument for unsafe ones. For Use::read
  /// a connection to SQLite never writes.
  Connection(const Target& target, Use use, std::chrono::milliseconds wait);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Kind kind() const { return kind_; }

  /// Nothing is begun for Use::read_committed.
  void begin(Use use);
  void commit();
  /// Ends the transaction, if one is open; false when the connection cannot be used any more.
  bool rollback() noexcept;
  /// Back to the empty transaction; on SQLite's writer to the savepoint "act".
  void undo();
  bool in_transaction() const;
  bool lost() const;

  /// Runs statements that return nothing and bind nothing.
  void script(const std::string& sql);
  std::int64_t execute(const char* sql, Parameters parameters = {});
  void select(const char* sql, Parameters parameters, const std::vector<ColumnType>& columns,
              std::size_t rows_max, const EachRow& each);

 private:
  class Statement;
  class SqliteStatement;
  class PostgresqlStatement;

  Statement& statement(const char* sql, Parameters parameters,
                       const std::vector<ColumnType>& columns);
  Failure failure_of(const soci::soci_error& error) const;
  template <class Act>
  auto guarded(const char* sql, Act act);
  void open_sqlite(const std::string& path, std::chrono::milliseconds wait);
  void open_postgresql(const std::string& url, std::chrono::milliseconds wait);
  std::string sqlite_setting(const char* pragma) const;
  sqlite3* sqlite() const;
  PGconn* postgresql() const;

  Kind kind_;
  Use use_;                                 // of the transaction
  std::unique_ptr<soci::session> session_;  // outlives its statements: otherwise they leak it
  // By the address of the text; several where it is bound or read differently.
  std::unordered_map<const char*, std::vector<std::unique_ptr<Statement>>> statements_;
};

/// The transaction that acts see, on a connection where one was begun.
class ConnectionTransaction final : public Transaction {
 public:
  explicit ConnectionTransaction(Connection& connection) : connection_(connection) {}

  /// Runs `act`. Returns what it threw, or the failure of a statement that it swallowed: after one
  /// nothing may be committed, unless undo() followed.
  std::exception_ptr run(const std::function<void(Transaction&)>& act);

  Failure failure() const { return failure_; }

  void undo() override;

 private:
  Kind kind_() const override { return connection_.kind(); }
  std::int64_t execute_(Sql sql, Parameters parameters) override;
  void select_(Sql sql, Parameters parameters, const std::vector<ColumnType>& columns,
               std::size_t rows_max, const EachRow& each) override;
  void refuse_outside_of_transaction() const;
  template <class Act>
  auto noting_failure(Act act);

  Connection& connection_;
  Failure failure_ = Failure::none;
  std::exception_ptr error_;
};

}  // namespace database
