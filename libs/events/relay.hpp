#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "database/database.hpp"
#include "vocabulary/timestamp.hpp"

namespace events {

/// Where the events for one consumer go.
struct Consumer {
  std::string name;                         // as given to enqueue()
  std::string base_url;                     // of its internal listener
  std::function<std::string()> token;       // this service's credential for it (auth::ServiceToken)
  std::function<void()> forget_token = {};  // after a 401
};

struct RelayOptions {
  std::size_t batch_max = 50;
  int attempts_max = 10;                         // refused so often, an event is parked
  std::chrono::milliseconds backoff_first{200};  // doubled each time, with jitter
  std::chrono::milliseconds backoff_max{30'000};
  std::chrono::milliseconds lease{15'000};  // of a batch; longer than a delivery may take
  std::chrono::milliseconds poll{500};      // when nobody calls wake()
};

/// Hands queued events to their consumers, at least once, in order per subject, from one thread per
/// consumer. Any number of replicas may run: batches are leased. An unreachable consumer never
/// parks events, it only slows the relay down; an event the consumer refuses is parked after
/// attempts_max tries while the others flow.
class Relay {
 public:
  Relay(database::Database& database, std::vector<Consumer> consumers, RelayOptions options = {},
        vocabulary::Clock clock = vocabulary::now);
  ~Relay();  // finishes the batch in flight

  /// Says that a transaction with events was committed. Cheap; from any thread.
  void wake();

  struct Backlog {
    std::int64_t waiting;
    std::int64_t parked;
  };
  Backlog backlog() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace events
