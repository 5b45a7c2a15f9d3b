#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "histories/call.hpp"
#include "support/decision_table.hpp"

namespace histories {

/// What one organization holds, as the rules of the product know it.
struct State {
  struct Membership {
    std::string id;
    std::string member;
    std::string role;
    std::string granted_at;
    std::string removed_at;  // "" while it lasts
    int version = 1;
  };
  struct RoleRequest {
    std::string id;
    std::string requester;
    std::string role;
    std::string status;  // "pending" also when its time is over: that depends on the call's time
    std::string requested_at;
    std::string expires_at;
    Json decision = nullptr;
    Json history = Json::array();  // decisions and reopenings
    std::string reopened_by = {};  // the last time; "" when nobody did
    bool escalated = false;        // for the service center to decide, too
    int version = 1;
  };

  /// Of an agent of the service center.
  struct Proposal {
    std::string id;
    std::string act;
    std::string account;          // who is removed, appointed or asked
    std::string membership = {};  // these, as far as the act has them
    int membership_version = 0;
    std::string successor = {};
    std::string request = {};
    std::string verdict = {};
    std::string reason;
    std::string proposed_by;
    std::string proposed_at;
    std::string expires_at;
    std::string status = "pending";  // also when its time is over
    std::string closed_by = {};
    std::string closed_at = {};
    int version = 1;
  };

  struct Registration {
    bool registered = false;
    int version = 0;
  };

  std::string organization;
  int clinicians = 0;
  std::map<std::pair<std::string, int>, Registration> registrations;  // by program and year
  std::vector<Membership> memberships;                                // in the order of their ids
  std::vector<RoleRequest> requests;                                  // likewise
  std::vector<Proposal> proposals;                                    // likewise
  std::map<std::string, Json> first_answers;  // by caller and Idempotency-Key

  std::string key() const;
  const Membership* active(const std::string& account) const;
  int officials() const;
};

/// Programs take registrations of every year but this one.
inline constexpr int closed_year = 2017;

/// How many clinicians the program needs.
int clinicians_min(const std::string& program);

/// What the operator has set.
struct Terms {
  std::chrono::milliseconds lifetime = std::chrono::days(30);        // of a role request
  std::chrono::milliseconds reopen_within = std::chrono::hours(72);  // after its denial
  std::chrono::milliseconds proposal_lifetime = std::chrono::hours(24);
};

/// The rules as a sequential object: what it answers is the decision table's, what it does is
/// here. Knows the people's names and, from a whole history, what only answers can tell.
class Model {
 public:
  /// `names` by account id; `agents` act for the service center.
  Model(std::map<std::string, std::string> names, std::set<std::string> agents, const Terms& terms,
        const std::vector<Call>& history);

  /// What is said of a call beside the state.
  struct Explanation {
    std::string fault;   // why it would not be answered so
    std::string ruling;  // the line of the decision table that decided
  };

  /// The state after `call`, or nullopt if it would not be answered so.
  std::optional<State> apply(const State& state, const Call& call,
                             Explanation* explanation = nullptr) const;

 private:
  class Step;

  std::map<std::string, std::string> names_;
  std::set<std::string> agents_;
  Terms terms_;
  std::map<std::pair<std::string, std::string>, std::string>
      membership_ids_;                            // (member, grantedAt)
  std::map<std::string, Json> claimed_requests_;  // by id: those that no answer created
  std::set<std::string> seen_expired_;            // ids of role requests
  std::set<std::string> seen_superseded_;         // likewise: an act's time is older than its turn
  std::set<std::string> repeated_keys_;  // caller and Idempotency-Key of more than one call
};

}  // namespace histories
