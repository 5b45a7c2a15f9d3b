#include "database/connection.hpp"

#include <algorithm>
#include <array>
#include <thread>

namespace database {

namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

Failure failure_of_sqlite(int code) {
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT: return Failure::constraint;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Failure::retry;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_NOMEM: return Failure::unavailable;
    default: return Failure::other;
  }
}

Failure failure_of_postgresql(const std::string& state) {
  if (state == "40001" || state == "40P01" || state == "55P03") return Failure::retry;
  // A cached plan no longer fits the schema, or the server forgot it: a new connection helps.
  // So it does when this server has become a standby, which only reads (25006).
  if (state == "0A000" || state == "26000" || state == "25006") return Failure::lost;
  const std::string group = state.substr(0, 2);
  if (group == "23") return Failure::constraint;
  if (group == "08" || group == "53" || group == "57" || group == "58") return Failure::unavailable;
  return Failure::other;
}

// Never what(): it repeats every value that was bound.
std::string code_of(const soci::soci_error& error) {
  if (const auto* postgresql_error = dynamic_cast<const soci::postgresql_soci_error*>(&error)) {
    return "PostgreSQL " + postgresql_error->sqlstate();
  }
  return "SOCI";
}

[[noreturn]] void throw_unnamed(const char* sql) {
  throw std::logic_error(std::string("not exactly the parameters that are named in: ") + sql);
}

[[noreturn]] void throw_fault(Failure failure, const std::string& code, const std::string& about) {
  throw Fault{failure, code + " in: " + about};
}

}  // namespace

/// A prepared statement.
class Connection::Statement {
 public:
  Statement(Parameters parameters, const std::vector<ColumnType>& columns) : columns_(columns) {
    for (const Parameter& parameter : parameters) {
      bound_.push_back({parameter.name, is_integer(parameter)});
    }
  }
  virtual ~Statement() = default;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// Whether it binds and reads just that. Names are literals: their addresses tell.
  bool fits(Parameters parameters, const std::vector<ColumnType>& columns) const {
    return columns == columns_ &&
           std::equal(bound_.begin(), bound_.end(), parameters.begin(), parameters.end(),
                      [](const Bound& bound, const Parameter& parameter) {
                        return bound.name == parameter.name &&
                               bound.is_integer == is_integer(parameter);
                      });
  }

  virtual std::int64_t execute(Parameters parameters) = 0;
  virtual void select(Parameters parameters, std::size_t rows_max, const EachRow& each) = 0;

 protected:
  static const std::string_view* text_of(const Parameter& parameter) {
    const auto* text = std::get_if<std::string_view>(&parameter.value);
    if (text != nullptr && text->find('\0') != std::string_view::npos) {
      throw std::invalid_argument("text with a NUL character cannot be stored");
    }
    return text;
  }

 private:
  struct Bound {
    const char* name;
    bool is_integer;
  };

  static bool is_integer(const Parameter& parameter) {
    return std::holds_alternative<std::int64_t>(parameter.value);
  }

  std::vector<Bound> bound_;
  std::vector<ColumnType> columns_;
};

/// Stepped by SQLite's own interface, at half the cost of going through SOCI.
class Connection::SqliteStatement final : public Statement, private Row {
 public:
  SqliteStatement(sqlite3* connection, const char* sql, Parameters parameters,
                  const std::vector<ColumnType>& columns)
      : Statement(parameters, columns), connection_(connection), sql_(sql) {
    const std::string expanded = expand_tokens(sql, Kind::sqlite);
    const int code = sqlite3_prepare_v3(connection_, expanded.c_str(), -1,
                                        SQLITE_PREPARE_PERSISTENT, &prepared_, nullptr);
    // Nothing is bound yet, so the database's own words are about the statement only.
    if (code != SQLITE_OK) throw_fault(failure_of_sqlite(code), sqlite3_errmsg(connection_), sql);
    for (const Parameter& parameter : parameters) {
      places_.push_back(
          sqlite3_bind_parameter_index(prepared_, (std::string(":") + parameter.name).c_str()));
    }
    const auto count = static_cast<std::size_t>(sqlite3_bind_parameter_count(prepared_));
    if (count != parameters.size() || std::count(places_.begin(), places_.end(), 0) > 0) {
      sqlite3_finalize(prepared_);
      throw_unnamed(sql);
    }
  }

  ~SqliteStatement() override { sqlite3_finalize(prepared_); }

  std::int64_t execute(Parameters parameters) override {
    const Reset reset{*this};
    bind(parameters);
    while (step()) {
    }
    return sqlite3_changes(connection_);
  }

  void select(Parameters parameters, std::size_t rows_max, const EachRow& each) override {
    const Reset reset{*this};
    bind(parameters);
    bool more = step();
    for (std::size_t rows = 0; more && (rows_max == 0 || rows < rows_max); ++rows) {
      each(*this);
      more = step();
    }
    // Foreign keys are checked when a writing statement ends, so it has to come to its end.
    while (more && sqlite3_stmt_readonly(prepared_) == 0) more = step();
  }

 private:
  // A SELECT that is not reset keeps its snapshot: later reads are stale, checkpoints blocked.
  struct Reset {
    SqliteStatement& statement;
    ~Reset() { sqlite3_reset(statement.prepared_); }
  };

  // What is bound is only looked at while `parameters` live.
  void bind(Parameters parameters) {
    auto place = places_.begin();
    for (const Parameter& parameter : parameters) {
      if (const auto* integer = std::get_if<std::int64_t>(&parameter.value)) {
        sqlite3_bind_int64(prepared_, *place, *integer);
      } else if (const auto* text = text_of(parameter)) {
        sqlite3_bind_text64(prepared_, *place, text->data(), text->size(), SQLITE_STATIC,
                            SQLITE_UTF8);
      } else {
        sqlite3_bind_null(prepared_, *place);
      }
      ++place;
    }
  }

  bool step() {
    const int code = sqlite3_step(prepared_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    // Never its message: it may repeat what was bound.
    throw_fault(failure_of_sqlite(code), "SQLite " + std::to_string(code), sql_);
  }

  // Values as they lie in the row: in the multi-thread mode they need no protection.
  std::optional<std::int64_t> integer(std::size_t column) override {
    sqlite3_value* value = sqlite3_column_value(prepared_, static_cast<int>(column));
    if (sqlite3_value_type(value) == SQLITE_NULL) return std::nullopt;
    return sqlite3_value_int64(value);
  }

  std::optional<std::string> text(std::size_t column) override {
    sqlite3_value* value = sqlite3_column_value(prepared_, static_cast<int>(column));
    if (sqlite3_value_type(value) == SQLITE_NULL) return std::nullopt;
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    return std::string(text, static_cast<std::size_t>(sqlite3_value_bytes(value)));
  }

  sqlite3* connection_;
  const char* sql_;
  sqlite3_stmt* prepared_ = nullptr;
  std::vector<int> places_;  // of the parameters
};

/// Bound by SOCI to variables for its whole life.
class Connection::PostgresqlStatement final : public Statement, private Row {
 public:
  PostgresqlStatement(soci::session& session, const char* sql, Parameters parameters,
                      const std::vector<ColumnType>& columns)
      : Statement(parameters, columns),
        parameters_(parameters.size()),
        columns_(columns.size()),
        soci_(session) {
    soci_.alloc();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      Slot& slot = columns_[i];
      slot.is_integer = columns[i] == ColumnType::integer;
      if (slot.is_integer) {
        soci_.exchange(soci::into(slot.integer, slot.indicator));
      } else {
        soci_.exchange(soci::into(slot.text, slot.indicator));
      }
    }
    auto parameter = parameters.begin();
    for (Slot& slot : parameters_) {
      const std::string name = parameter->name;
      slot.is_integer = std::holds_alternative<std::int64_t>((parameter++)->value);
      if (slot.is_integer) {
        soci_.exchange(soci::use(std::as_const(slot.integer), slot.indicator, name));
      } else {
        soci_.exchange(soci::use(std::as_const(slot.text), slot.indicator, name));
      }
    }
    soci_.prepare(expand_tokens(sql, Kind::postgresql));
    if (names_count() != parameters.size()) throw_unnamed(sql);
    soci_.define_and_bind();
  }

  // Its connection ends with it, so the server need not be told.
  ~PostgresqlStatement() override { backend()->statementName_.clear(); }

  std::int64_t execute(Parameters parameters) override {
    bind(parameters);
    run();
    return soci_.get_affected_rows();
  }

  void select(Parameters parameters, std::size_t rows_max, const EachRow& each) override {
    bind(parameters);
    bool more = run();
    for (std::size_t rows = 0; more && (rows_max == 0 || rows < rows_max); ++rows) {
      each(*this);
      more = soci_.fetch();
    }
  }

 private:
  struct Slot {
    bool is_integer = false;
    long long integer = 0;
    std::string text;
    soci::indicator indicator = soci::i_ok;
  };

  std::optional<std::int64_t> integer(std::size_t column) override {
    const Slot& slot = columns_[column];
    if (slot.indicator == soci::i_null) return std::nullopt;
    return slot.integer;
  }

  std::optional<std::string> text(std::size_t column) override {
    Slot& slot = columns_[column];
    if (slot.indicator == soci::i_null) return std::nullopt;
    return std::move(slot.text);
  }

  soci::postgresql_statement_backend* backend() {
    return static_cast<soci::postgresql_statement_backend*>(soci_.get_backend());
  }

  bool run() {
    try {
      return soci_.execute(true);
    } catch (...) {
      // SOCI frees the texts it binds only after a statement that succeeded.
      soci_.undefine_and_bind();
      throw;
    }
  }

  std::size_t names_count() {
    auto names = backend()->names_;
    std::sort(names.begin(), names.end());
    return static_cast<std::size_t>(std::unique(names.begin(), names.end()) - names.begin());
  }

  void bind(Parameters parameters) {
    auto slot = parameters_.begin();
    for (const Parameter& parameter : parameters) {
      slot->indicator = soci::i_ok;
      if (const auto* integer = std::get_if<std::int64_t>(&parameter.value)) {
        slot->integer = *integer;
      } else if (const auto* text = text_of(parameter)) {
        slot->text = *text;
      } else {
        slot->indicator = soci::i_null;
      }
      ++slot;
    }
  }

  std::vector<Slot> parameters_;
  std::vector<Slot> columns_;
  soci::statement soci_;
};

Connection::Connection(const Target& target, Use use, std::chrono::milliseconds wait)
    : kind_(target.kind), use_(use), session_(std::make_unique<soci::session>()) {
  if (kind_ == Kind::sqlite) {
    open_sqlite(target.address, wait);
  } else {
    open_postgresql(target.address, wait);
  }
}

Connection::~Connection() = default;

void Connection::open_sqlite(const std::string& path, std::chrono::milliseconds wait) {
  // Neither counting every allocation under one mutex of the process, nor locking a connection that
  // one thread uses at a time: both cost more than the reads. Too late, it is refused harmlessly.
  static const bool configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK &&
                                 sqlite3_config(SQLITE_CONFIG_MULTITHREAD) == SQLITE_OK;
  static_cast<void>(configured);
  try {
    session_->open(soci::sqlite3, "db=\"" + path + "\"");
  } catch (const std::exception&) {
    throw Fault{Failure::unavailable, "cannot open the SQLite file"};
  }
  sqlite3_extended_result_codes(sqlite(), 1);
  sqlite3_busy_timeout(sqlite(), static_cast<int>(wait.count()));
  const auto deadline = Steady::now() + wait;
  for (;;) {  // changing to WAL among concurrent starters does not consult the busy handler
    try {
      script(
          "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
          "PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 67108864;");
      break;
    } catch (const Fault& fault) {
      if (fault.failure != Failure::retry || Steady::now() >= deadline) throw;
      std::this_thread::sleep_for(5ms);
    }
  }
  if (sqlite_setting("PRAGMA journal_mode") != "wal" ||
      sqlite_setting("PRAGMA synchronous") != "2" || sqlite_setting("PRAGMA foreign_keys") != "1") {
    throw std::invalid_argument(
        "unsafe SQLite settings: journal_mode must be WAL, synchronous FULL, foreign_keys ON");
  }
  // Readers look at the first 2 GiB in the system's page cache, where all of them share it; copies
  // of their own would be too few as soon as the file has grown. The writer only reads by calls.
  if (use_ == Use::read) script("PRAGMA query_only = ON; PRAGMA mmap_size = 2147418112;");
}

void Connection::open_postgresql(const std::string& url, std::chrono::milliseconds wait) {
  std::string address = url;
  // A server that vanishes without a word must not keep a connection waiting for hours.
  for (const char* parameter : {"connect_timeout=3", "tcp_user_timeout=10000", "keepalives_idle=5",
                                "keepalives_interval=2", "keepalives_count=3"}) {
    const std::string name(parameter, std::string_view(parameter).find('=') + 1);
    if (url.find(name) != std::string::npos) continue;
    address += address.find('?') == std::string::npos ? '?' : '&';
    address += parameter;
  }
  try {
    session_->open(soci::postgresql, address);
  } catch (const std::exception&) {
    throw Fault{Failure::unavailable, "cannot connect to PostgreSQL"};
  }
  PQsetNoticeProcessor(
      postgresql(), [](void*, const char*) {}, nullptr);
  script(
      "SET client_min_messages = warning; SET timezone = 'UTC'; SET client_encoding = 'UTF8';"
      "SET statement_timeout = '10s'; SET idle_in_transaction_session_timeout = '10s';"
      "SET lock_timeout = " +
      std::to_string(wait.count()));
  bool safe = false;
  select(
      "SELECT CASE WHEN current_setting('fsync') = 'on' AND current_setting('full_page_writes') = "
      "'on' AND current_setting('synchronous_commit') <> 'off' THEN 1 ELSE 0 END",
      {}, {ColumnType::integer}, 1, [&safe](Row& row) { safe = row.integer(0) == 1; });
  if (!safe) {
    throw std::invalid_argument(
        "unsafe PostgreSQL settings: fsync and full_page_writes must be on, synchronous_commit not "
        "off");
  }
}

sqlite3* Connection::sqlite() const {
  return static_cast<soci::sqlite3_session_backend*>(session_->get_backend())->conn_;
}

PGconn* Connection::postgresql() const {
  return static_cast<soci::postgresql_session_backend*>(session_->get_backend())->conn_;
}

std::string Connection::sqlite_setting(const char* pragma) const {
  sqlite3_stmt* prepared = nullptr;
  std::string value;
  if (sqlite3_prepare_v2(sqlite(), pragma, -1, &prepared, nullptr) == SQLITE_OK &&
      sqlite3_step(prepared) == SQLITE_ROW) {
    value = reinterpret_cast<const char*>(sqlite3_column_text(prepared, 0));
  }
  sqlite3_finalize(prepared);
  return value;
}

void Connection::begin(Use use) {
  use_ = use;
  if (use == Use::read_committed) return;
  if (kind_ == Kind::sqlite) {
    // Deferred, a transaction that reads and then writes fails when another writer came between.
    execute(use == Use::write ? "BEGIN IMMEDIATE" : "BEGIN");
  } else {
    script(use == Use::write ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  }
}

void Connection::commit() {
  if (use_ == Use::read_committed) return;
  if (kind_ == Kind::sqlite) {
    execute("COMMIT");
    return;
  }
  PGresult* result = PQexec(postgresql(), "COMMIT");
  const bool answered = PQresultStatus(result) == PGRES_COMMAND_OK;
  // The COMMIT of an aborted transaction "succeeds": only its tag says ROLLBACK.
  const bool committed = answered && std::string_view(PQcmdStatus(result)) == "COMMIT";
  const char* field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string state = field != nullptr ? field : "";
  PQclear(result);
  if (committed) return;
  if (answered) throw Fault{Failure::other, "an aborted transaction was to be committed"};
  if (lost() || state.empty()) {
    throw Fault{Failure::in_doubt, "connection lost during COMMIT: its outcome is not known"};
  }
  throw_fault(failure_of_postgresql(state), state, "COMMIT");
}

bool Connection::rollback() noexcept {
  try {
    if (lost()) return false;
    if (in_transaction()) {
      if (kind_ == Kind::sqlite) {
        execute("ROLLBACK");
      } else {
        script("ROLLBACK");
      }
    }
    return !in_transaction();
  } catch (const Fault&) {
    return false;
  }
}

void Connection::undo() {
  if (kind_ == Kind::sqlite && use_ == Use::write) {
    execute("ROLLBACK TO act");
    return;
  }
  script("ROLLBACK");
  begin(use_);
}

bool Connection::in_transaction() const {
  return kind_ == Kind::sqlite ? sqlite3_get_autocommit(sqlite()) == 0
                               : PQtransactionStatus(postgresql()) != PQTRANS_IDLE;
}

bool Connection::lost() const {
  return kind_ == Kind::postgresql && PQstatus(postgresql()) != CONNECTION_OK;
}

void Connection::script(const std::string& sql) {
  if (kind_ == Kind::sqlite) {
    char* message = nullptr;
    const int code = sqlite3_exec(sqlite(), sql.c_str(), nullptr, nullptr, &message);
    const std::string text = message != nullptr ? message : "";
    sqlite3_free(message);
    if (code != SQLITE_OK) {
      throw Fault{failure_of_sqlite(code), "SQLite " + std::to_string(code) + ": " + text};
    }
    return;
  }
  PGresult* result = PQexec(postgresql(), sql.c_str());
  const auto status = PQresultStatus(result);
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const Fault fault{
      lost() || state == nullptr ? Failure::lost : failure_of_postgresql(state),
      std::string("PostgreSQL ") + (state ? state : "-") + ": " + (message ? message : "")};
  PQclear(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) throw fault;
}

Failure Connection::failure_of(const soci::soci_error& error) const {
  if (lost()) return Failure::lost;
  if (const auto* postgresql_error = dynamic_cast<const soci::postgresql_soci_error*>(&error)) {
    return failure_of_postgresql(postgresql_error->sqlstate());
  }
  return Failure::other;
}

template <class Act>
auto Connection::guarded(const char* sql, Act act) {
  try {
    return act();
  } catch (const soci::soci_error& error) {
    throw_fault(failure_of(error), code_of(error), sql);
  }
}

Connection::Statement& Connection::statement(const char* sql, Parameters parameters,
                                             const std::vector<ColumnType>& columns) {
  auto& prepared = statements_[sql];
  for (const auto& each : prepared) {
    if (each->fits(parameters, columns)) return *each;
  }
  std::unique_ptr<Statement> made;
  if (kind_ == Kind::sqlite) {
    made = std::make_unique<SqliteStatement>(sqlite(), sql, parameters, columns);
  } else {
    try {
      made = std::make_unique<PostgresqlStatement>(*session_, sql, parameters, columns);
    } catch (const soci::soci_error& error) {
      // Nothing is bound yet, so the database's own words are about the statement only.
      throw_fault(failure_of(error), error.get_error_message(), sql);
    }
  }
  return *prepared.emplace_back(std::move(made));
}

std::int64_t Connection::execute(const char* sql, Parameters parameters) {
  Statement& prepared = statement(sql, parameters, {});
  return guarded(sql, [&] { return prepared.execute(parameters); });
}

void Connection::select(const char* sql, Parameters parameters,
                        const std::vector<ColumnType>& columns, std::size_t rows_max,
                        const EachRow& each) {
  Statement& prepared = statement(sql, parameters, columns);
  guarded(sql, [&] { prepared.select(parameters, rows_max, each); });
}

template <class Act>
auto ConnectionTransaction::noting_failure(Act act) {
  try {
    return act();
  } catch (const Fault& fault) {
    failure_ = fault.failure;
    error_ = fault.to_exception();
  }
  std::rethrow_exception(error_);
}

std::exception_ptr ConnectionTransaction::run(const std::function<void(Transaction&)>& act) {
  try {
    act(*this);
  } catch (...) {
    if (failure_ != Failure::retry && failure_ != Failure::lost) return std::current_exception();
  }
  return error_;
}

void ConnectionTransaction::undo() {
  noting_failure([&] { connection_.undo(); });
  failure_ = Failure::none;
  error_ = nullptr;
}

void ConnectionTransaction::refuse_outside_of_transaction() const {
  if (!connection_.in_transaction()) throw std::logic_error("a write outside of a transaction");
}

std::int64_t ConnectionTransaction::execute_(Sql sql, Parameters parameters) {
  refuse_outside_of_transaction();
  return noting_failure([&] { return connection_.execute(sql.text(), parameters); });
}

void ConnectionTransaction::select_(Sql sql, Parameters parameters,
                                    const std::vector<ColumnType>& columns, std::size_t rows_max,
                                    const EachRow& each) {
  if (!std::string_view(sql.text()).starts_with("SELECT ")) refuse_outside_of_transaction();
  noting_failure([&] { connection_.select(sql.text(), parameters, columns, rows_max, each); });
}

}  // namespace database
