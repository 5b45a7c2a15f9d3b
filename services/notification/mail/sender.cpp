#include "notification/mail/sender.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/log.hpp"
#include "notification/domain/message.hpp"
#include "notification/mail/templates.hpp"
#include "notification/storage/store.hpp"

namespace notification {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::int64_t batch_max = 20;
constexpr milliseconds in_flight_limit{2'000};  // of a delivery when the process stops

}  // namespace

struct Sender::State {
  State(database::Database& given_database, std::unique_ptr<Transport> given_transport,
        SenderOptions given_options, vocabulary::Clock given_clock)
      : database(given_database),
        transport(std::move(given_transport)),
        options(std::move(given_options)),
        clock(std::move(given_clock)) {}

  database::Database& database;
  std::unique_ptr<Transport> transport;
  SenderOptions options;
  vocabulary::Clock clock;

  std::mutex mutex;
  std::condition_variable changed;
  bool woken = false;
  std::atomic<bool> stopping = false;
  std::atomic<steady_clock::time_point> stopping_since{};

  std::atomic<std::uint64_t> sent = 0, deferred = 0, parked = 0, outages = 0;
  std::mt19937_64 random{std::random_device{}()};
  std::thread thread;

  double jitter() { return std::uniform_real_distribution<double>(0, 1)(random); }

  void run() {
    int vain_batches = 0;
    while (!stopping) {
      milliseconds pause = options.poll;
      try {
        if (send_batch()) {
          vain_batches = 0;
          continue;
        }
        vain_batches = 0;
      } catch (const Outage& outage) {
        pause = wait_after(++vain_batches, jitter(), options.outage);
        process::log_warning("emailsCannotBeSent", {{"failure", outage.failure}});
      } catch (const std::exception&) {
        // The database is away: leases run out by themselves. What it said may hold personal data.
        pause = wait_after(++vain_batches, jitter(), options.outage);
        process::log_error("emailSenderFailed");
      }
      rest(pause, vain_batches > 0);
    }
  }

  void rest(milliseconds pause, bool deaf) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, pause, [&] { return stopping || (woken && !deaf); });
    woken = false;
  }

  struct Outage {
    std::string failure;
  };

  // True when there may be more to send at once. Throws Outage when no mail can be sent now.
  bool send_batch() {
    const auto now = clock();
    const bool due = database.read(
        [&](database::Transaction& transaction) { return Store(transaction).any_email_due(now); });
    if (!due) return false;

    // Long enough that a batch begun in its first half ends in its second.
    const auto lease_time = 2 * options.delivery_limit + milliseconds(1'000);
    const auto half = steady_clock::now() + lease_time / 2;
    const std::string lease = vocabulary::new_uuid();
    const auto emails = database.write([&](database::Transaction& transaction) {
      return Store(transaction).lease_emails(lease, now, now + lease_time, batch_max);
    });
    for (const auto& email : emails) {
      if (stopping || steady_clock::now() >= half) break;
      try {
        send(email, lease);
      } catch (const Outage&) {
        release(lease);
        throw;
      }
    }
    release(lease);
    return !emails.empty();
  }

  void release(const std::string& lease) {
    database.write([&](database::Transaction& transaction) { Store(transaction).release(lease); });
  }

  void send(const Email& email, const std::string& lease) {
    const auto now = clock();
    if (email.expires_at && *email.expires_at <= now) return park(email, lease, "expired");
    if (!email.address) return postpone_or_park(email, lease, "recipientUnknown");
    const auto message = compose_email(email);
    if (!message) return park(email, lease, "unsafe");

    const Outcome outcome = transport->deliver(
        {.id = email.id.text(), .from = options.from, .to = *email.address, .message = *message},
        [this] { return must_give_up(); });
    switch (outcome.kind) {
      case Outcome::Kind::sent: return record_sent(email, lease);
      case Outcome::Kind::refused: return park(email, lease, outcome.failure);
      case Outcome::Kind::deferred: return postpone_or_park(email, lease, outcome.failure);
      case Outcome::Kind::unavailable:
        // Another mail tries first next time, in case this one is the cause.
        postpone(email, lease, outcome.failure, options.outage);
        ++outages;
        throw Outage{outcome.failure};
    }
  }

  std::optional<std::string> compose_email(const Email& email) const {
    auto mail = render(email.email_template, email.values, email.recipient_name, options.contact);
    if (!mail) return std::nullopt;
    return compose({.id = email.id.text(),
                    .from = {.name = options.from_name, .address = options.from},
                    .to = {.name = email.recipient_name, .address = *email.address},
                    .subject = std::move(mail->subject),
                    .text = std::move(mail->text),
                    .html = std::move(mail->html),
                    .date = email.created_at});
  }

  void record_sent(const Email& email, const std::string& lease) {
    const auto now = clock();
    database.write([&](database::Transaction& transaction) {
      Store(transaction).record_sent(email.id, lease, now);
    });
    ++sent;
    log("emailSent", email, "");
  }

  void postpone_or_park(const Email& email, const std::string& lease, const std::string& failure) {
    if (email.created_at + options.give_up_after <= clock()) return park(email, lease, failure);
    postpone(email, lease, failure, options.retry);
  }

  void postpone(const Email& email, const std::string& lease, const std::string& failure,
                const RetryPolicy& policy) {
    const auto next = clock() + wait_after(email.attempts + 1, jitter(), policy);
    database.write([&](database::Transaction& transaction) {
      Store(transaction).postpone(email.id, lease, failure, next);
    });
    ++deferred;
    log("emailPostponed", email, failure);
  }

  void park(const Email& email, const std::string& lease, const std::string& failure) {
    const auto now = clock();
    database.write([&](database::Transaction& transaction) {
      Store(transaction).park(email.id, lease, failure, now);
    });
    ++parked;
    log("emailParked", email, failure);
  }

  static void log(const char* event, const Email& email, const std::string& failure) {
    process::log_info(event, {{"emailId", email.id.text()},
                              {"template", std::string(to_text(email.email_template))},
                              {"attempt", std::int64_t{email.attempts + 1}},
                              {"failure", failure}});
  }

  bool must_give_up() const {
    return stopping && steady_clock::now() - stopping_since.load() >= in_flight_limit;
  }
};

Sender::Sender(database::Database& database, std::unique_ptr<Transport> transport,
               SenderOptions options, vocabulary::Clock clock)
    : state_(std::make_unique<State>(database, std::move(transport), std::move(options),
                                     std::move(clock))) {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

Sender::~Sender() {
  state_->stopping_since = steady_clock::now();
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_all();
  state_->thread.join();
}

void Sender::wake() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->woken = true;
  }
  state_->changed.notify_all();
}

Sender::Totals Sender::totals() const {
  return {.sent = state_->sent,
          .deferred = state_->deferred,
          .parked = state_->parked,
          .outages = state_->outages};
}

}  // namespace notification
