#include "events/inbox.hpp"

#include <chrono>
#include <set>
#include <utility>

#include <spdlog/spdlog.h>

#include "web/body.hpp"
#include "web/problem.hpp"

namespace events {

namespace {

constexpr std::size_t events_max = 100;
constexpr std::chrono::days remembered{30};

enum class Outcome { taken, refused, deferred };

const char* to_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::taken: return "taken";
    case Outcome::refused: return "refused";
    case Outcome::deferred: break;
  }
  return "deferred";
}

struct Result {
  Outcome outcome;
  std::string detail = {};
};

nlohmann::json read_batch(const web::Request& request) {
  const std::string* type = request.header("content-type");
  if (type == nullptr || !type->starts_with("application/cloudevents-batch+json")) {
    throw web::Problem(web::problems::unsupported_media_type,
                       "Send application/cloudevents-batch+json.");
  }
  auto batch = web::parse_json(request.body);
  if (!batch.is_array() || batch.size() > events_max) {
    throw web::Problem(web::problems::malformed_request,
                       "The body is not an array of at most 100 events.");
  }
  return batch;
}

Result take_once(database::Database& database, const Event& event, vocabulary::Timestamp now,
                 const Take& take) {
  try {
    database.write([&](database::Transaction& transaction) {
      const auto first_time = transaction.execute(
          "INSERT INTO inbox (source, event_id, received_at) VALUES (:source, :id, :received_at)"
          " ON CONFLICT DO NOTHING",
          {{"source", event.source}, {"id", event.id}, {"received_at", vocabulary::to_unix(now)}});
      if (first_time == 1) take(transaction, event);
    });
    return {Outcome::taken};
  } catch (const database::Unavailable&) {
    throw;
  } catch (const std::invalid_argument& refusal) {
    return {Outcome::refused, refusal.what()};
  } catch (const std::exception&) {
    return {Outcome::refused, "could not be taken"};
  }
}

}  // namespace

web::Response receive(database::Database& database, const web::Request& request,
                      vocabulary::Timestamp now, const Take& take) {
  auto results = nlohmann::json::array();
  std::set<std::pair<std::string, std::string>> held_up;  // source and subject
  for (const auto& item : read_batch(request)) {
    const auto event = parse_event(item);
    Result result{Outcome::refused, "is not a CloudEvents 1.0 event"};
    if (event && held_up.contains({event->source, event->subject})) {
      result = {Outcome::deferred};
    } else if (event) {
      result = take_once(database, *event, now, take);
    }
    if (result.outcome == Outcome::refused) {
      if (event) held_up.emplace(event->source, event->subject);
      spdlog::error("event {} of type {} was refused", event ? event->id : "?",
                    event ? event->type : "?");
    }
    nlohmann::json told = {{"id", event ? nlohmann::json(event->id) : nlohmann::json()},
                           {"outcome", to_text(result.outcome)}};
    if (!result.detail.empty()) told["detail"] = result.detail;
    results.push_back(std::move(told));
  }
  return web::json_response(200, {{"results", std::move(results)}});
}

std::int64_t forget_old_events(database::Transaction& transaction, vocabulary::Timestamp now) {
  return transaction.execute("DELETE FROM inbox WHERE received_at < :oldest",
                             {{"oldest", vocabulary::to_unix(now - remembered)}});
}

}  // namespace events
