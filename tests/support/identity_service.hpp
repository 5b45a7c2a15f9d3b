#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "identity/service.hpp"
#include "support/http.hpp"
#include "web/server.hpp"

namespace testing {

/// A clock that only moves when it is told to. Shared by threads.
class VirtualClock {
 public:
  vocabulary::Timestamp now() const { return vocabulary::from_unix(milliseconds_); }
  void advance(std::chrono::milliseconds time) { milliseconds_ += time.count(); }

 private:
  std::atomic<std::int64_t> milliseconds_ = 1'770'022'800'000;  // 2026-02-02T09:00:00Z
};

/// The identity service in this process: real listeners on free ports, a real database, virtual
/// time, no relay (what it tells others stays in its outbox).
class IdentityService {
 public:
  struct Options {
    identity::Settings settings = {};
    // Cheap, where the test is not about hashing.
    identity::PasswordHashing hashing{.passes = 1, .memory = 8'192, .slots = 2, .queue_max = 100};
    // A second service on the same database takes the clock of the first.
    std::shared_ptr<VirtualClock> clock = std::make_shared<VirtualClock>();
  };

  explicit IdentityService(const std::string& database_url) : IdentityService(database_url, {}) {}
  IdentityService(const std::string& database_url, Options options);

  /// A client of the public listener.
  Client client(const std::string& token = "") const { return Client(public_url(), token); }
  Client internal_client(const std::string& token = "") const {
    return Client(internal_url(), token);
  }
  std::string public_url() const;
  std::string internal_url() const;

  VirtualClock& clock() { return *options_.clock; }
  const std::shared_ptr<VirtualClock>& shared_clock() { return options_.clock; }
  identity::Service& service() { return service_; }
  database::Database& database() { return database_; }

  /// The events queued for `consumer` so far, in order.
  std::vector<Json> told(const std::string& consumer);
  /// The latest code that was issued to the account.
  std::string latest_code(const std::string& account_id);

  // Shortcuts through the API; they throw std::runtime_error when refused.

  /// A verified account without TOTP.
  Person register_person(const std::string& user_id);
  /// The same with TOTP enrolled.
  Person register_person_with_totp(const std::string& user_id);
  /// The id of a new sign-in.
  std::string begin_sign_in(const Person& person);
  Json sign_in_by_email(const Person& person);
  /// Takes the next TOTP step, and moves the clock to it when need be.
  Json sign_in_with_totp(Person& person);
  std::string next_totp_code(Person& person);

 private:
  Options options_;
  database::Database database_;
  identity::Secrets secrets_;
  identity::Passwords passwords_;
  identity::SigningKeys keys_;
  identity::Service service_;
  web::Server public_server_;
  web::Server internal_server_;
};

/// The answer, or std::runtime_error unless its status is as expected.
Answer expect(int status, Answer answer);

}  // namespace testing
