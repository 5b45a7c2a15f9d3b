#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "auth/authenticator.hpp"
#include "auth/jws.hpp"
#include "notification/http/routes.hpp"
#include "notification/mail/sender.hpp"
#include "notification/service.hpp"
#include "support/databases.hpp"
#include "support/http.hpp"
#include "support/notification_builders.hpp"
#include "web/server.hpp"

namespace notification {
const std::vector<database::Migration>& migrations();
}

namespace told {

using testing::Json;

inline Json to_json(const events::Event& event) {
  return Json::parse(events::to_text(event));
}

/// The real service on free ports, with a database of its own, tokens signed with a key of its own
/// and a clock that can be put forward. Mails are sent once send_by() said how.
class RunningNotification {
 public:
  explicit RunningNotification(database::Kind kind) : storage_(kind) {
    database.migrate(migrations());
  }

  testing::Client as(const Person& person) const {
    return testing::Client(url(server_), token({.kind = auth::Principal::Kind::person,
                                                .subject = person.account.text(),
                                                .session = vocabulary::new_uuid(),
                                                .signed_in_with_totp = true,
                                                .scopes = {}},
                                               "countersign"));
  }

  testing::Client as_nobody() const { return testing::Client(url(server_)); }

  testing::Client as_service() const {
    return testing::Client(url(internal_), token({.kind = auth::Principal::Kind::service,
                                                  .subject = "membership",
                                                  .session = "",
                                                  .signed_in_with_totp = false,
                                                  .scopes = {"events"}},
                                                 "notification"));
  }

  testing::Client internally_as(const Person& person) const {
    return testing::Client(url(internal_), token({.kind = auth::Principal::Kind::person,
                                                  .subject = person.account.text(),
                                                  .session = "s",
                                                  .signed_in_with_totp = true,
                                                  .scopes = {}},
                                                 "countersign"));
  }

  /// The answer to the batch.
  testing::Answer post(const std::vector<events::Event>& events) const {
    auto batch = Json::array();
    for (const auto& event : events) batch.push_back(to_json(event));
    return as_service().send("POST", "/internal/v1/events", batch.dump(),
                             {{"Content-Type", "application/cloudevents-batch+json"}});
  }

  /// Posts the events and throws unless all are taken.
  void tell(const std::vector<events::Event>& events) const {
    const auto answer = post(events);
    for (const auto& result : answer.body().value("results", Json::array({Json::object()}))) {
      if (result.value("outcome", "") != "taken") {
        throw std::runtime_error("event not taken: " + answer.text);
      }
    }
  }

  void send_by(std::unique_ptr<Transport> transport, SenderOptions options = quick()) {
    sender_.reset();
    sender_ = std::make_unique<Sender>(database, std::move(transport), std::move(options),
                                       service_.clock);
  }
  void stop_sending() { sender_.reset(); }

  /// Retries come quickly, as tests wait for them.
  static SenderOptions quick() {
    SenderOptions options;
    options.retry = {.first = std::chrono::milliseconds(20),
                     .longest = std::chrono::milliseconds(100)};
    options.outage = options.retry;
    options.delivery_limit = std::chrono::seconds(20);
    options.poll = std::chrono::milliseconds(20);
    return options;
  }

  void put_clock_forward(std::chrono::milliseconds by) { *ahead_ += by.count(); }
  Timestamp now() const { return service_.clock(); }

  Json items(const Person& person, const std::string& query = "") const {
    return as(person).get("/v1/notifications" + query).body().at("items");
  }

  Json parked() const { return as_service().get("/internal/v1/parked-emails").body().at("items"); }

  std::string value(const std::string& sql) const { return storage_.run(sql); }

  /// Waits until `holds`; throws when it does not within the limit.
  static void wait_until(const std::function<bool()>& holds,
                         std::chrono::milliseconds limit = std::chrono::seconds(60)) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) {
        throw std::runtime_error("what was awaited did not happen");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

 private:
  static std::string url(const web::Server& server) {
    return "http://127.0.0.1:" + std::to_string(server.port());
  }

  std::string token(const auth::Principal& principal, const char* audience) const {
    return auth::sign_token(key_, "at+jwt",
                            auth::access_claims(principal, issuer, audience, service_.clock(),
                                                std::chrono::minutes(10)));
  }

  web::Authenticate authenticate(const char* audience) const {
    return auth::Authenticator(
        {.type = "at+jwt", .issuer = issuer, .audience = audience},
        [key = key_](const std::string& id) {
          return id == key.id() ? std::optional(key) : std::nullopt;
        },
        service_.clock);
  }

  static constexpr const char* issuer = "http://identity.example";

  testing::FreshDatabase storage_;
  std::shared_ptr<std::atomic<std::int64_t>> ahead_ =
      std::make_shared<std::atomic<std::int64_t>>(0);
  auth::Key key_ = auth::Key::generate();

 public:
  database::Database database{storage_.url()};

 private:
  std::unique_ptr<Sender> sender_;
  Service service_{.database = database, .clock = [ahead = ahead_] {
                     return vocabulary::now() + std::chrono::milliseconds(*ahead);
                   }};
  web::Server server_{{}, routes(service_), authenticate("countersign")};
  web::Server internal_{{}, internal_routes(service_), authenticate("notification")};
};

}  // namespace told
