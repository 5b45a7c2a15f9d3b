#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "bench/data.hpp"
#include "bench/world.hpp"
#include "database/database.hpp"

namespace bench {

/// What was bound to a name; std::monostate is NULL.
using Bound = std::variant<std::monostate, std::int64_t, std::string>;

/// One statement as membership ran it.
struct Ran {
  const char* sql;
  std::vector<std::pair<const char*, Bound>> bound;
};
/// The statements of one act: between its BEGIN and its COMMIT.
using RanAct = std::vector<Ran>;

/// For each client, what creating and approving `asks` of it ran: two acts for each. All of it
/// happens in the database at `url`, in one transaction.
std::vector<std::vector<RanAct>> record_decisions(const std::string& url,
                                                  std::vector<Asks>& clients, std::size_t asks);

/// The same without the statements that say `words`.
std::vector<std::vector<RanAct>> without(std::vector<std::vector<RanAct>> clients,
                                         std::string_view words);

/// Runs acts again, a COMMIT for each. On bare SQLite: the writing statements, from one thread,
/// with synchronous=FULL. On bare libpq: all statements, a connection and a thread for each client.
class Replay {
 public:
  Replay(const Data& data, std::vector<std::vector<RanAct>> clients);
  ~Replay();

  /// Goes on where it stopped; commits a second. Throws when nothing is left to run.
  double run(std::chrono::milliseconds duration);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bench
