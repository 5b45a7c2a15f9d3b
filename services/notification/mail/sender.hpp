#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "database/database.hpp"
#include "notification/domain/retry.hpp"
#include "notification/domain/support_contact.hpp"
#include "notification/mail/transport.hpp"
#include "vocabulary/timestamp.hpp"

namespace notification {

struct SenderOptions {
  std::string from = "no-reply@countersign.example";
  std::string from_name = "Countersign";
  SupportContact contact;
  RetryPolicy retry;
  /// Pauses while no mail can be sent at all.
  RetryPolicy outage{.first = std::chrono::milliseconds(1'000),
                     .longest = std::chrono::milliseconds(30'000)};
  /// A mail that was deferred or had no known recipient for so long is parked.
  std::chrono::milliseconds give_up_after = std::chrono::hours(4 * 24);
  std::chrono::milliseconds delivery_limit{20'000};  // what one delivery may take at most
  std::chrono::milliseconds poll{500};               // when nobody calls wake()
};

/// Sends what is queued, from one thread, at least once. Any number of replicas may run: emails are
/// leased. A mail that is refused is parked; while no mail can be sent at all, none is given up.
class Sender {
 public:
  Sender(database::Database& database, std::unique_ptr<Transport> transport, SenderOptions options,
         vocabulary::Clock clock = vocabulary::now);
  ~Sender();  // finishes the mail in flight, if that takes no longer than two seconds

  /// Says that a transaction queued emails. Cheap; from any thread.
  void wake();

  struct Totals {
    std::uint64_t sent;
    std::uint64_t deferred;
    std::uint64_t parked;
    std::uint64_t outages;  // deliveries that failed because no mail could be sent
  };
  /// Since start.
  Totals totals() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace notification
