#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/principal.hpp"
#include "database/database.hpp"
#include "membership/domain/membership.hpp"
#include "membership/domain/organization.hpp"
#include "membership/domain/role_request.hpp"
#include "membership/settings.hpp"
#include "support/http.hpp"

namespace testing {

/// The membership service in this process, over HTTP on free ports, with a database and a signing
/// key of its own and a clock that stands still until it is moved.
class MembershipService {
 public:
  explicit MembershipService(database::Kind kind);
  ~MembershipService();

  /// A connection of somebody signed in, with TOTP or by an emailed code.
  Client as(const vocabulary::AccountId& account, bool with_totp = true) const;
  Client anonymous() const;
  /// A connection of a partner whose credential has that scope.
  Client partner(const std::string& scope = "authorizationChecks") const;
  /// A connection with any bearer token.
  Client with_token(const std::string& token) const;
  /// A connection of a service to the internal listener.
  Client internal(const std::string& audience = "membership") const;
  std::string token_of(const auth::Principal& principal, const std::string& audience) const;

  vocabulary::Timestamp now() const;
  void advance(std::chrono::milliseconds time);

  /// A person whose account is known here.
  vocabulary::AccountId person(const std::string& name);
  /// A person who acts for the service center.
  vocabulary::AccountId agent(const std::string& name);
  /// A practice; each call makes another.
  membership::Organization organization(const std::string& name);
  membership::Membership member(const membership::Organization& organization,
                                const vocabulary::AccountId& account, membership::Role role);
  membership::RoleRequest role_request(const membership::Organization& organization,
                                       const vocabulary::AccountId& requester,
                                       membership::Role role = membership::Role::staff_user);

  /// Of the running service. Changed before anybody calls it.
  membership::Settings& settings();
  /// What `membership import-clinicians` does with these lines behind the header.
  std::string import_clinicians(const std::string& lines);
  /// What `membership import-organizations` does with a file's lines.
  std::string import(const std::string& csv);
  /// What the sweeper does; how many role requests expired.
  std::size_t sweep();
  /// What it does about reminders and digests, in as many processes at once, each with connections
  /// of its own; how many steps were taken.
  std::size_t remind(std::size_t replicas = 1);

  /// Events queued for notification so far, oldest first: {"type", "subject", "data", …}.
  std::vector<Json> events();
  /// The number that `sql` selects, or its first text.
  std::int64_t count(const std::string& sql) const;
  std::string value(const std::string& sql) const;
  database::Database& database();
  const std::string& database_path() const;  // SQLite: the file

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace testing
