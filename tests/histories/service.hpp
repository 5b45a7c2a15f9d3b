#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/jws.hpp"
#include "auth/principal.hpp"
#include "database/database.hpp"
#include "support/databases.hpp"
#include "support/peer.hpp"
#include "support/processes.hpp"

namespace histories {

struct Person {
  std::string account_id;
  std::string name;
  std::string token;
  bool is_agent = false;  // of the service center
};

/// A clinician of every practice that is imported.
inline constexpr const char* npi_on_record = "0000000006";
inline constexpr const char* ptan_on_record = "0000AA";

/// The TIN of no organization that is imported.
inline constexpr const char* wrong_tin = "999999999";

/// An organization as it was imported: its Security Officials with their memberships.
struct Imported {
  struct Official {
    std::string membership_id;
    std::string account_id;
    std::string granted_at;
  };
  std::string id;
  std::string tin;
  int clinicians;
  std::vector<Official> officials;
};

/// The membership service as a real process, on a database of its own, between neighbours that
/// serve its keys and take what it tells.
class Service {
 public:
  Service(database::Kind kind, const testing::ServiceProcess::Settings& settings);

  /// People whose accounts are known to the service, signed in for an hour.
  std::vector<Person> add_people(std::size_t count);
  /// Those of `people` who are agents may act as such.
  void grant_agents(const std::vector<Person>& people);
  /// One practice for each list of officials, in order; all are registered for CAHPS in the closed
  /// year. Once.
  std::vector<Imported> import(const std::vector<std::vector<Person>>& officials);
  void start();
  /// Another system that may check authorizations, for an hour.
  std::string partner_token() const;

  const std::string& url() const { return process_.public_url(); }
  /// What is wrong with what the audit tells, read in the order of its rows: an organization that
  /// had a Security Official and has none, though no agent confirmed that; a number left out; other
  /// members than there are.
  std::optional<std::string> fault_in_audit();

 private:
  void import_registration_windows();
  testing::Peer::Response answer(const testing::Peer::Request& request);
  std::string token_of(const auth::Principal& principal, const char* audience) const;

  testing::TemporaryFolder folder_;
  testing::FreshDatabase database_;
  auth::Key key_ = auth::Key::generate();
  testing::Peer neighbours_;
  testing::ServiceProcess process_;
};

}  // namespace histories
