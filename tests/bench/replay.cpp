#include "bench/replay.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <stdexcept>
#include <thread>

#include <libpq-fe.h>
#include <sqlite3.h>

#include "bench/processes.hpp"
#include "database/connection.hpp"
#include "membership/role_requests.hpp"
#include "vocabulary/id.hpp"

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;
using namespace membership;

/// Runs statements on a connection and notes them.
class NotingTransaction final : public database::Transaction {
 public:
  explicit NotingTransaction(database::Connection& connection) : connection_(connection) {}

  RanAct take() { return std::exchange(ran_, {}); }
  void undo() override { throw std::logic_error("no act is undone here"); }

 private:
  database::Kind kind_() const override { return connection_.kind(); }
  std::int64_t execute_(database::Sql sql, database::Parameters parameters) override {
    note(sql, parameters);
    return connection_.execute(sql.text(), parameters);
  }
  void select_(database::Sql sql, database::Parameters parameters,
               const std::vector<database::ColumnType>& columns, std::size_t rows_max,
               const database::EachRow& each) override {
    note(sql, parameters);
    connection_.select(sql.text(), parameters, columns, rows_max, each);
  }
  void note(database::Sql sql, database::Parameters parameters) {
    Ran& ran = ran_.emplace_back(Ran{sql.text(), {}});
    for (const auto& parameter : parameters) {
      Bound value;
      if (const auto* integer = std::get_if<std::int64_t>(&parameter.value)) {
        value = *integer;
      } else if (const auto* text = std::get_if<std::string_view>(&parameter.value)) {
        value = std::string(*text);
      }
      ran.bound.emplace_back(parameter.name, std::move(value));
    }
  }

  database::Connection& connection_;
  RanAct ran_;
};

template <class Id>
Id parse(const std::string& text) {
  return Id::parse(text).value();
}

bool writes(const char* sql) {
  const std::string_view text(sql);
  return text.starts_with("INSERT") || text.starts_with("UPDATE") || text.starts_with("DELETE");
}

/// One connection without anything of ours around it.
class Bare {
 public:
  Bare() = default;
  virtual ~Bare() = default;
  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;
  virtual void run(const char* sql) = 0;
  virtual void run(const Ran& ran) = 0;
};

class BareSqlite final : public Bare {
 public:
  explicit BareSqlite(const std::filesystem::path& path) {
    if (sqlite3_open(path.c_str(), &connection_) != SQLITE_OK) fail();
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
  }
  ~BareSqlite() override {
    for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close(connection_);
  }

  void run(const char* sql) override {
    if (sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
  }

  void run(const Ran& ran) override {
    sqlite3_stmt*& statement = statements_[ran.sql];
    if (statement == nullptr) {
      const auto sql = database::expand_tokens(ran.sql, database::Kind::sqlite);
      if (sqlite3_prepare_v2(connection_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
        fail();
      }
    }
    for (const auto& [name, value] : ran.bound) {
      const int place = sqlite3_bind_parameter_index(statement, (std::string(":") + name).c_str());
      if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        sqlite3_bind_int64(statement, place, *integer);
      } else if (const auto* text = std::get_if<std::string>(&value)) {
        sqlite3_bind_text(statement, place, text->data(), static_cast<int>(text->size()),
                          SQLITE_STATIC);
      } else {
        sqlite3_bind_null(statement, place);
      }
    }
    int code = SQLITE_ROW;
    while (code == SQLITE_ROW) code = sqlite3_step(statement);
    if (code != SQLITE_DONE) fail();
    sqlite3_reset(statement);
  }

 private:
  [[noreturn]] void fail() const { throw std::runtime_error(sqlite3_errmsg(connection_)); }

  sqlite3* connection_ = nullptr;
  std::map<const char*, sqlite3_stmt*> statements_;
};

class BarePostgresql final : public Bare {
 public:
  explicit BarePostgresql(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
    if (PQstatus(connection_) != CONNECTION_OK) fail();
  }
  ~BarePostgresql() override { PQfinish(connection_); }

  void run(const char* sql) override { check(PQexec(connection_, sql)); }

  void run(const Ran& ran) override {
    auto& prepared = statements_[ran.sql];
    if (prepared.name.empty()) prepare(prepared, ran.sql);
    std::vector<std::string> integers(prepared.names.size());
    std::vector<const char*> values;
    for (const auto& name : prepared.names) {
      for (const auto& [bound, value] : ran.bound) {
        if (name != bound) continue;
        if (const auto* integer = std::get_if<std::int64_t>(&value)) {
          values.push_back((integers[values.size()] = std::to_string(*integer)).c_str());
        } else if (const auto* text = std::get_if<std::string>(&value)) {
          values.push_back(text->c_str());
        } else {
          values.push_back(nullptr);
        }
        break;
      }
    }
    check(PQexecPrepared(connection_, prepared.name.c_str(), static_cast<int>(values.size()),
                         values.data(), nullptr, nullptr, 0));
  }

 private:
  struct Prepared {
    std::string name;
    std::vector<std::string> names;  // of $1, $2, …
  };

  void prepare(Prepared& prepared, const char* sql) {
    constexpr const char* letters = "abcdefghijklmnopqrstuvwxyz_";
    const std::string text = database::expand_tokens(sql, database::Kind::postgresql);
    std::string numbered;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\'') quoted = !quoted;
      if (quoted || text[i] != ':') {
        numbered += text[i];
        continue;
      }
      const auto end = std::min(text.find_first_not_of(letters, i + 1), text.size());
      const auto name = text.substr(i + 1, end - i - 1);
      auto& names = prepared.names;
      auto known = std::find(names.begin(), names.end(), name);
      if (known == names.end()) known = names.insert(known, name);
      numbered += "$" + std::to_string(known - names.begin() + 1);
      i = end - 1;
    }
    prepared.name = "s" + std::to_string(statements_.size());
    check(PQprepare(connection_, prepared.name.c_str(), numbered.c_str(), 0, nullptr));
  }

  void check(PGresult* result) {
    const auto status = PQresultStatus(result);
    PQclear(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail();
  }
  [[noreturn]] void fail() const { throw std::runtime_error(PQerrorMessage(connection_)); }

  PGconn* connection_;
  std::map<const char*, Prepared> statements_;
};

/// What all clients ran, as one client: the first act of each, the second of each, …
std::vector<RanAct> interleaved(std::vector<std::vector<RanAct>> clients) {
  std::vector<RanAct> all;
  for (std::size_t i = 0; i < clients.front().size(); ++i) {
    for (auto& acts : clients) all.push_back(std::move(acts[i]));
  }
  return all;
}

}  // namespace

std::vector<std::vector<RanAct>> record_decisions(const std::string& url,
                                                  std::vector<Asks>& clients, std::size_t asks) {
  database::Connection connection(database::parse_url(url), database::Connection::Use::write,
                                  std::chrono::seconds(10));
  std::vector<std::vector<RanAct>> recorded(clients.size());
  connection.begin(database::Connection::Use::write);
  NotingTransaction transaction(connection);
  Store store(transaction, audit_key);
  for (std::size_t i = 0; i < asks; ++i) {
    for (std::size_t client = 0; client < clients.size(); ++client) {
      const Ask ask = clients[client].next();
      const auto requester = parse<AccountId>(World::account_id(ask.requester));
      const auto decider = parse<AccountId>(World::account_id(ask.decider));
      Act act{.actor = requester.text(),
              .operation = "createRoleRequest",
              .at = vocabulary::now(),
              .request_id = vocabulary::new_uuid()};
      const auto created = create_role_request(
          store, act, requester, parse<OrganizationId>(World::organization_id(ask.organization)),
          Role::staff_user, std::chrono::days(30));
      if (!created) throw std::runtime_error("a request was refused");
      recorded[client].push_back(transaction.take());

      act.actor = decider.text();
      act.operation = "approveRoleRequest";
      const auto decided = decide_role_request(store, act, created->request.id,
                                               {.verdict = Verdict::approved,
                                                .decided_by = decider,
                                                .decided_at = act.at,
                                                .reason = std::nullopt},
                                               std::nullopt);
      if (!decided) throw std::runtime_error("a decision was refused");
      recorded[client].push_back(transaction.take());
    }
  }
  connection.commit();
  return recorded;
}

std::vector<std::vector<RanAct>> without(std::vector<std::vector<RanAct>> clients,
                                         std::string_view words) {
  for (auto& acts : clients) {
    for (RanAct& act : acts) {
      std::erase_if(act, [words](const Ran& ran) {
        return std::string_view(ran.sql).find(words) != std::string_view::npos;
      });
    }
  }
  return clients;
}

struct Replay::State {
  struct Client {
    std::unique_ptr<Bare> connection;
    std::vector<RanAct> acts;
    std::size_t done = 0;
    std::exception_ptr failure = nullptr;
  };

  void run(Client& client, std::size_t acts_max, Clock::time_point end) {
    const auto last = std::min(client.done + acts_max, client.acts.size());
    for (; client.done < last && Clock::now() < end; ++client.done) {
      client.connection->run(begin);
      for (const Ran& ran : client.acts[client.done]) client.connection->run(ran);
      client.connection->run("COMMIT");
      ++commits;
    }
  }

  const char* begin;
  std::vector<Client> clients = {};
  std::atomic<std::size_t> commits = 0;
};

Replay::Replay(const Data& data, std::vector<std::vector<RanAct>> clients)
    : state_(std::make_unique<State>()) {
  std::size_t first_acts = 2;  // which prepare every statement
  if (data.kind() == database::Kind::sqlite) {
    first_acts *= clients.size();
    clients = {interleaved(std::move(clients))};
    for (RanAct& act : clients.front()) {
      std::erase_if(act, [](const Ran& ran) { return !writes(ran.sql); });
    }
    state_->begin = "BEGIN IMMEDIATE";
  } else {
    state_->begin = "BEGIN";
  }
  for (auto& acts : clients) {
    std::unique_ptr<Bare> connection;
    if (data.kind() == database::Kind::sqlite) {
      connection = std::make_unique<BareSqlite>(data.path());
    } else {
      connection = std::make_unique<BarePostgresql>(data.url());
    }
    state_->clients.push_back({.connection = std::move(connection), .acts = std::move(acts)});
    state_->run(state_->clients.back(), first_acts, Clock::time_point::max());
  }
}

Replay::~Replay() = default;

double Replay::run(std::chrono::milliseconds duration) {
  state_->commits = 0;
  const auto since = Clock::now();
  std::vector<std::thread> threads;
  for (auto& client : state_->clients) {
    threads.emplace_back([&] {
      try {
        state_->run(client, client.acts.size(), since + duration);
      } catch (...) {
        client.failure = std::current_exception();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& client : state_->clients) {
    if (client.failure) std::rethrow_exception(client.failure);
    if (client.done == client.acts.size()) throw std::runtime_error("all acts have been replayed");
  }
  return static_cast<double>(state_->commits) /
         std::chrono::duration<double>(Clock::now() - since).count();
}

}  // namespace bench
