#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "database/database.hpp"
#include "membership/domain/ids.hpp"
#include "support/http.hpp"
#include "support/processes.hpp"

namespace testing {

/// Identity and notification, as far as membership asks and tells them.
class MembershipNeighbours {
 public:
  static constexpr const char* issuer = "http://issuer.test";

  MembershipNeighbours();
  ~MembershipNeighbours();

  std::string url() const;
  std::string token_of(const membership::AccountId& account) const;
  /// The events that notification took so far.
  std::vector<Json> told() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Settings of the real process beside those neighbours.
ServiceProcess::Settings membership_settings(const std::string& database_url,
                                             const MembershipNeighbours& neighbours);

/// A practice with two Security Officials and people who are nobody there yet.
struct Clinic {
  membership::OrganizationId organization = membership::OrganizationId::generate();
  std::vector<membership::AccountId> officials;
  std::vector<membership::AccountId> people;
};

/// Brings the schema up to date and adds the clinic.
Clinic make_clinic(database::Database& database, std::size_t people);

/// What somebody was told is done: a request that is there, perhaps decided, or a removal.
struct Deed {
  std::string role_request = "";
  std::string status = "";
  std::string removed_membership = "";
};

/// The first of `deeds` that is not in the database; "" when all are.
std::string lost(database::Database& database, const std::vector<Deed>& deeds);

/// The type of an event, and the request or membership it is about.
using EventName = std::pair<std::string, std::string>;
EventName name_of(const Json& event);

/// What is half done: a decision without its membership, an act without its audit row, its event
/// (in the outbox or `told`) or its stored answer, or any of these without the act, a counter that
/// does not count. "" when nothing is. Every act must have been a success with an Idempotency-Key.
std::string half_done(database::Database& database, const std::set<EventName>& told = {});

}  // namespace testing
