#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "support/databases.hpp"
#include "support/http.hpp"
#include "support/processes.hpp"
#include "support/smtp.hpp"

namespace testing {

/// Waits until `holds`, asking every `pause`; false when it does not within `limit`.
bool eventually(const std::function<bool()>& holds,
                std::chrono::milliseconds limit = std::chrono::seconds(20),
                std::chrono::milliseconds pause = std::chrono::milliseconds(20));

/// The three services as real processes on loopback, wired as in earnest, each with an empty
/// database, and mail to a real SMTP server. People and organizations are added before start().
class System {
 public:
  explicit System(database::Kind kind);
  /// Shows the end of the logs when a failed test unwinds.
  ~System();

  /// A verified account with TOTP, made before identity serves.
  Person add_person(const std::string& user_id, const std::string& name);
  /// A practice whose TIN is `identifier`, with its Security Officials.
  void add_practice(const std::string& identifier, const std::string& name,
                    const std::vector<Person>& officials);
  /// Starts what does not run; returns when all three listen.
  void start();

  /// Clients of a person, signed in at the first call; identity must run then. Any thread.
  Client identity_as(Person& person) { return as(person, identity); }
  Client membership_as(Person& person) { return as(person, membership); }
  Client notification_as(Person& person) { return as(person, notification); }

  /// The practice's id, as `person` finds it; waits for the person to be known to membership.
  std::string find_practice(Person& person, const std::string& identifier);
  /// The id of the new request. Throws unless it is made.
  std::string ask(Person& person, const std::string& organization_id, const std::string& role);
  /// `person` asks, `official` approves; returns the membership's id.
  std::string connect(Person& person, const std::string& organization_id, const std::string& role,
                      Person& official);
  /// `official` removes the person whose membership that is.
  void remove(const std::string& membership_id, Person& official);
  /// The membership of `person` in the list of members, as `official` sees it; null when none.
  Json member(const std::string& organization_id, const Person& person, Person& official);
  /// All notifications of a person, newest first.
  std::vector<Json> notifications(Person& person);

  /// A service credential for `audience`, as membership would get it.
  std::string service_token(const std::string& audience);

  /// The credential of a new partner with the scope authorizationChecks.
  std::string partner_token();

  SmtpSink mail;

 private:
  Client as(Person& person, const ServiceProcess& service);

  TemporaryFolder folder_;
  FreshDatabase identity_database_;
  FreshDatabase membership_database_;
  FreshDatabase notification_database_;
  std::string practices_;
  std::mutex tokens_mutex_;
  std::map<std::string, std::string> tokens_;  // by user id

 public:
  ServiceProcess identity;
  ServiceProcess membership;
  ServiceProcess notification;
};

}  // namespace testing
