#include "events/relay.hpp"

#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <thread>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "rest_client/rest_client.hpp"
#include "vocabulary/text.hpp"

namespace events {

namespace {

using std::chrono::milliseconds;

// A consumer's route takes 64 KiB unless it says otherwise; an event beyond this travels alone.
constexpr std::size_t batch_bytes_max = 48 * 1024;
constexpr std::size_t failure_text_max = 300;

// When our own database is away, all who use it are: it is asked again soon.
constexpr milliseconds database_pause_max{1'000};

enum class Fate { unknown, taken, refused };

struct Queued {
  std::int64_t sequence;
  std::string id;
  std::string subject;
  std::string event;
  std::int64_t attempts;
  std::int64_t leased_until;
  Fate fate = Fate::unknown;
  std::string failure = {};
};

// The consumer gave no answer that says what became of the events: they are tried again.
struct Away : std::runtime_error {
  using std::runtime_error::runtime_error;
};

milliseconds with_jitter(milliseconds pause) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return pause / 2 + pause * (random() % 1'000) / 2'000;
}

milliseconds backoff(const RelayOptions& options, std::int64_t failures) {
  auto pause = options.backoff_first;
  for (; failures > 1 && pause < options.backoff_max; --failures) pause *= 2;
  return with_jitter(std::min(pause, options.backoff_max));
}

// The batch itself is what the consumer cannot read, so one of its events is to blame.
bool blames_batch(int status) {
  return status == 400 || status == 413 || status == 415 || status == 422;
}

// What may be stored of a text that another service chose.
std::string to_failure_text(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](char character) {
        return vocabulary::has_control_characters({&character, 1});
      },
      ' ');
  if (text.size() <= failure_text_max) return text;
  auto end = failure_text_max;
  while (end > 0 && (text[end] & '\xC0') == '\x80') --end;  // not within a character
  return text.substr(0, end);
}

std::vector<Queued> queued(database::Transaction& transaction, database::Sql sql,
                           database::Parameters parameters) {
  std::vector<Queued> events;
  for (auto& [sequence, id, subject, event, attempts, leased_until] :
       transaction
           .rows<std::int64_t, std::string, std::string, std::string, std::int64_t, std::int64_t>(
               sql, parameters)) {
    events.push_back(
        {sequence, std::move(id), std::move(subject), std::move(event), attempts, leased_until});
  }
  return events;
}

// Delivers to one consumer from a thread of its own.
class Courier {
 public:
  Courier(database::Database& database, Consumer consumer, const RelayOptions& options,
          const vocabulary::Clock& clock)
      : database_(database),
        consumer_(std::move(consumer)),
        options_(options),
        clock_(clock),
        client_(consumer_.base_url, {.deadline = std::min(milliseconds(5'000), options.lease / 2)}),
        thread_([this] { work(); }) {}

  ~Courier() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  void wake() {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    changed_.notify_one();
  }

 private:
  void work() {
    std::int64_t failures = 0;
    for (;;) {
      bool delivered = false;
      auto pause_max = options_.backoff_max;
      try {
        settle();
        delivered = deliver_batch();
        failures = 0;
      } catch (const database::Unavailable&) {
        if (failures++ == 0) spdlog::warn("no events for {}: no database", consumer_.name);
        pause_max = database_pause_max;
      } catch (const std::exception& error) {
        batch_.clear();  // what is leased comes again
        if (failures++ == 0)
          spdlog::warn("{} takes no events now: {}", consumer_.name, error.what());
      }
      std::unique_lock lock(mutex_);
      if (failures > 0) {  // being woken is no reason to press a consumer that is away
        changed_.wait_for(lock, std::min(backoff(options_, failures), pause_max),
                          [this] { return stopping_; });
      } else if (!delivered) {
        changed_.wait_for(lock, options_.poll, [this] { return stopping_ || woken_; });
      }
      if (stopping_) return;
      woken_ = false;
    }
  }

  // False when nothing came of it.
  bool deliver_batch() {
    lease();
    if (batch_.empty()) return false;
    try {
      std::set<std::string> held_up;
      for (std::size_t begin = 0; begin < batch_.size();) {
        std::size_t end = begin;
        std::size_t bytes = 0;
        do {
          bytes += batch_[end++].event.size() + 1;
        } while (end < batch_.size() && bytes + batch_[end].event.size() < batch_bytes_max);
        deliver(std::span(batch_).subspan(begin, end - begin), held_up);
        begin = end;
      }
    } catch (...) {
      settle();
      throw;
    }
    const bool delivered = std::any_of(batch_.begin(), batch_.end(), [](const Queued& event) {
      return event.fate != Fate::unknown;
    });
    settle();
    return delivered;
  }

  // The first event of each subject is leased, and with it the subject: no other relay sends one of
  // that subject meanwhile. Those behind it come along as far as there is room.
  void lease() {
    release_lease_in_doubt();
    const auto now = vocabulary::to_unix(clock_());
    // Not two relays' leases are alike, as far as chance can see to it.
    const auto until = now + (options_.lease + with_jitter(options_.lease / 8)).count();
    lease_in_doubt_ = until;
    batch_ = database_.write([&](database::Transaction& transaction) {
      auto leased =
          queued(transaction,
                 "UPDATE outbox SET leased_until = :until WHERE sequence IN ("
                 " SELECT sequence FROM outbox AS head"
                 " WHERE consumer = :consumer AND parked_at IS NULL AND next_attempt_at <= :now"
                 " AND leased_until <= :now AND NOT EXISTS ("
                 "  SELECT 1 FROM outbox AS earlier WHERE earlier.consumer = head.consumer"
                 "  AND earlier.subject = head.subject AND earlier.sequence < head.sequence"
                 "  AND earlier.parked_at IS NULL)"
                 " ORDER BY sequence LIMIT :batch_max @SKIP_LOCKED@)"
                 " RETURNING sequence, event_id, subject, event, attempts, leased_until",
                 {{"consumer", consumer_.name},
                  {"now", now},
                  {"until", until},
                  {"batch_max", options_.batch_max}});
      const std::size_t heads = leased.size();
      for (std::size_t i = 0; i < heads && leased.size() < options_.batch_max; ++i) {
        auto behind =
            queued(transaction,
                   "SELECT sequence, event_id, subject, event, attempts, leased_until FROM outbox"
                   " WHERE consumer = :consumer AND subject = :subject AND sequence > :sequence"
                   " AND parked_at IS NULL ORDER BY sequence LIMIT :room",
                   {{"consumer", consumer_.name},
                    {"subject", leased[i].subject},
                    {"sequence", leased[i].sequence},
                    {"room", options_.batch_max - leased.size()}});
        std::move(behind.begin(), behind.end(), std::back_inserter(leased));
      }
      return leased;
    });
    lease_in_doubt_.reset();
    std::sort(batch_.begin(), batch_.end(), [](const Queued& left, const Queued& right) {
      return left.sequence < right.sequence;
    });
  }

  // The connection may have broken when the lease was committed already: nobody else would deliver
  // those events before it ends.
  void release_lease_in_doubt() {
    if (!lease_in_doubt_) return;
    database_.write([&](database::Transaction& transaction) {
      transaction.execute(
          "UPDATE outbox SET leased_until = 0"
          " WHERE consumer = :consumer AND leased_until = :until",
          {{"consumer", consumer_.name}, {"until", *lease_in_doubt_}});
    });
    lease_in_doubt_.reset();
  }

  // Notes the fate of each event. An event that is refused holds up those of its subject.
  void deliver(std::span<Queued> batch, std::set<std::string>& held_up) {
    std::vector<Queued*> sent;
    std::string body;
    for (Queued& event : batch) {
      if (held_up.contains(event.subject)) continue;
      body += (sent.empty() ? "[" : ",") + event.event;
      sent.push_back(&event);
    }
    if (sent.empty()) return;
    const auto answer = post(body + "]");
    if (blames_batch(answer.status)) {
      if (sent.size() > 1) {
        deliver(batch.first(batch.size() / 2), held_up);
        deliver(batch.subspan(batch.size() / 2), held_up);
        return;
      }
      refuse(*sent.front(), "status " + std::to_string(answer.status), held_up);
      return;
    }
    if (answer.status != 200) throw Away("status " + std::to_string(answer.status));
    note_results(answer.body, sent, held_up);
  }

  rest_client::Answer post(const std::string& body) {
    const auto try_post = [&] {
      return client_.post("/internal/v1/events", body, "application/cloudevents-batch+json",
                          {{"authorization", "Bearer " + consumer_.token()}});
    };
    auto answer = try_post();
    if (answer.status == 401 && consumer_.forget_token) {
      consumer_.forget_token();
      answer = try_post();
    }
    return answer;
  }

  void note_results(const std::string& body, const std::vector<Queued*>& sent,
                    std::set<std::string>& held_up) {
    const auto answer = nlohmann::json::parse(body, nullptr, false);
    const auto results =
        answer.is_object() ? answer.value("results", nlohmann::json()) : nlohmann::json();
    if (!results.is_array() || results.size() != sent.size())
      throw Away("an answer not understood");
    for (std::size_t i = 0; i < sent.size(); ++i) {
      const auto& result = results[i];
      if (!result.is_object()) throw Away("an answer not understood");
      const auto outcome = result.value("outcome", nlohmann::json());
      if (outcome == "taken") {
        sent[i]->fate = Fate::taken;
      } else if (outcome == "refused") {
        const auto detail = result.value("detail", nlohmann::json());
        refuse(*sent[i], detail.is_string() ? detail.get<std::string>() : "refused", held_up);
      } else if (outcome != "deferred") {
        throw Away("an answer not understood");
      }
    }
  }

  static void refuse(Queued& event, const std::string& why, std::set<std::string>& held_up) {
    event.fate = Fate::refused;
    event.failure = to_failure_text(why);
    held_up.insert(event.subject);
  }

  // Does nothing when all is settled; what the database did not take is settled when it is back.
  void settle() {
    if (batch_.empty()) return;
    const auto now = vocabulary::to_unix(clock_());
    database_.write([&](database::Transaction& transaction) {
      for (const Queued& event : batch_) {
        if (event.fate == Fate::taken) {
          transaction.execute("DELETE FROM outbox WHERE sequence = :sequence",
                              {{"sequence", event.sequence}});
        } else if (event.fate == Fate::refused) {
          const auto attempts = event.attempts + 1;
          const bool park = attempts >= options_.attempts_max;
          transaction.execute(
              "UPDATE outbox SET attempts = :attempts, next_attempt_at = :next, leased_until = 0,"
              " parked_at = :parked_at, last_failure = :failure"
              " WHERE sequence = :sequence AND leased_until = :leased_until",
              {{"attempts", attempts},
               {"next", now + backoff(options_, attempts).count()},
               {"parked_at", park ? std::optional(now) : std::nullopt},
               {"failure", event.failure},
               {"sequence", event.sequence},
               {"leased_until", event.leased_until}});
        } else if (event.leased_until > now) {
          transaction.execute(
              "UPDATE outbox SET leased_until = 0"
              " WHERE sequence = :sequence AND leased_until = :leased_until",
              {{"sequence", event.sequence}, {"leased_until", event.leased_until}});
        }
      }
    });
    for (const Queued& event : batch_) {
      if (event.fate == Fate::refused && event.attempts + 1 >= options_.attempts_max) {
        spdlog::error("event {} is parked, {} refuses it: {}", event.id, consumer_.name,
                      event.failure);
      }
    }
    batch_.clear();
  }

  database::Database& database_;
  const Consumer consumer_;
  const RelayOptions options_;
  const vocabulary::Clock clock_;
  rest_client::Client client_;
  std::vector<Queued> batch_;  // leased, and not settled yet
  std::optional<std::int64_t> lease_in_doubt_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace

struct Relay::State {
  database::Database& database;
  std::vector<std::unique_ptr<Courier>> couriers;
};

Relay::Relay(database::Database& database, std::vector<Consumer> consumers, RelayOptions options,
             vocabulary::Clock clock)
    : state_(new State{database, {}}) {
  for (Consumer& consumer : consumers) {
    state_->couriers.push_back(
        std::make_unique<Courier>(database, std::move(consumer), options, clock));
  }
}

Relay::~Relay() = default;

void Relay::wake() {
  for (const auto& courier : state_->couriers) courier->wake();
}

Relay::Backlog Relay::backlog() const {
  return state_->database.read([](database::Transaction& transaction) {
    const auto counts = transaction.row<std::int64_t, std::int64_t>(
        "SELECT COUNT(*) FILTER (WHERE parked_at IS NULL),"
        " COUNT(*) FILTER (WHERE parked_at IS NOT NULL) FROM outbox");
    return Backlog{std::get<0>(*counts), std::get<1>(*counts)};
  });
}

}  // namespace events
