#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "membership/domain/audit_row.hpp"
#include "membership/domain/details.hpp"
#include "membership/domain/ids.hpp"
#include "membership/domain/membership.hpp"
#include "membership/domain/organization.hpp"
#include "membership/domain/role_request.hpp"

namespace database {
class Transaction;
}

namespace events {
struct Event;
}

namespace membership {

/// Who does what, when, on whose request: one act in the audit.
struct Act {
  std::string actor;      // account id, or the part of the service that acts by itself
  const char* operation;  // operationId
  Timestamp at;
  std::string request_id;
  std::string subject = {};                           // id of what the request is about
  nlohmann::json details = nlohmann::json::object();  // joins those of every row of the act
};

/// What an act or a refusal leaves in the audit. Never names, identifiers of persons or secrets.
struct AuditEntry {
  std::optional<OrganizationId> organization;  // whose chain it joins; nullopt: the service's
  std::string subject;                         // id of what was acted on
  std::string_view outcome;
  nlohmann::json details = nlohmann::json::object();
};

/// Which members a list holds: those whose name contains `search` in any case, and so on.
struct MemberFilter {
  std::string search;
  std::optional<Role> role;
  std::optional<Timestamp> granted_after, granted_before;
};

struct RoleRequestFilter {
  RoleRequestStatus status = RoleRequestStatus::pending;
  std::string search;  // in the requester's name
  std::optional<Role> role;
  std::optional<Timestamp> requested_after, requested_before;
};

/// All SQL of the membership service, for the life of one transaction; a file for each table.
class Store {
 public:
  /// `audit_key` seals what record() leaves; who only reads needs none.
  explicit Store(database::Transaction& transaction, std::string_view audit_key = {})
      : transaction_(transaction), audit_key_(audit_key) {}

  /// Runs `act`. Unless it returns true, what it wrote is forgotten, and nothing else.
  bool keep_if(const std::function<bool()>& act);

  std::string find_account_name(const AccountId& id);  // "" when not known
  bool is_known(const AccountId& id);
  /// Keeps the newest name by `changed_at`; members' lists follow.
  void put_account(const AccountId& id, const std::string& name, Timestamp changed_at);

  /// Takes the organization for writing: other writers wait until the transaction ends, and its
  /// version moves on. First statement of every write that touches one. False when there is none.
  [[nodiscard]] bool lock_organization(const OrganizationId& id);
  /// Takes it as lock_organization does, and its version stays. Those who take several take them in
  /// the order of their ids, organizations before accounts. False when there is none.
  bool hold(const OrganizationId& id);
  void hold(const AccountId& id);
  std::optional<Organization> find_organization(const OrganizationId& id);
  std::optional<Organization> find_organization(OrganizationType type,
                                                const std::string& identifier);
  void add(const Organization& organization);
  /// Writes name, TIN, address and number of clinicians of a locked organization.
  void describe(const Organization& organization);
  /// Requests that are pending there at `now`.
  std::int64_t count_pending(const OrganizationId& organization, Timestamp now);

  /// The organizations `account` is a member of, by name; of one type, or of all.
  std::vector<OrganizationCard> list_cards(const AccountId& account,
                                           std::optional<OrganizationType> type, Timestamp now,
                                           std::size_t limit);
  std::map<OrganizationType, std::int64_t> count_organizations(const AccountId& account);

  /// What concerns one account, as the lists by name, by type and of what is pending would tell it.
  struct AllOfAccount {
    std::string name;
    std::vector<RoleRequestDetails> pending;  // oldest first
    std::vector<OrganizationCard> cards;      // by name
  };
  /// All of it in one statement that sorts nothing; nullopt when it takes `rows_max` rows or more,
  /// which is rare: then the lists must be asked one by one.
  std::optional<AllOfAccount> find_all_of(const AccountId& account, Timestamp now,
                                          std::size_t rows_max);

  struct RegistrationState {
    bool registered = false;
    std::int64_t version = 0;
  };
  std::map<Program, RegistrationWindow> list_registration_windows(std::int64_t performance_year);
  void put_registration_window(Program program, std::int64_t performance_year,
                               const RegistrationWindow& window);
  /// Those that were ever made.
  std::map<Program, RegistrationState> list_registrations(const OrganizationId& organization,
                                                          std::int64_t performance_year);
  struct RegistrationsOfMember {
    std::map<Program, RegistrationWindow> windows;
    std::map<std::pair<OrganizationId, Program>, RegistrationState> states;
  };
  /// The windows, and what was ever made at the organizations of `member`.
  RegistrationsOfMember list_registrations(const AccountId& member, std::int64_t performance_year);
  /// Writes a changed registration of a locked organization. False, and nothing written, when it
  /// is not the next version.
  [[nodiscard]] bool record_registration(const OrganizationId& organization,
                                         const Registration& registration,
                                         const AccountId& changed_by, Timestamp changed_at);

  struct Standing {
    const AccountId& account;
    const OrganizationId& organization;
  };
  /// The role each account holds at each organization now, in the order asked; nullopt: none.
  std::vector<std::optional<Role>> find_roles(const std::vector<Standing>& asked);

  std::optional<Membership> find_active_membership(const AccountId& account,
                                                   const OrganizationId& organization);
  std::optional<MembershipDetails> find_membership(const MembershipId& id);
  /// Where a member stands in lists.
  struct MemberPosition {
    std::string name_key;
    std::string id;
  };
  /// nullopt when it was never a membership there.
  std::optional<MemberPosition> find_position(const OrganizationId& organization,
                                              const MembershipId& id);
  /// Active members, by name, behind `after`.
  std::vector<MembershipDetails> list_members(const OrganizationId& organization,
                                              const MemberFilter& filter,
                                              const MemberPosition& after, std::size_t limit);
  std::vector<AccountId> list_security_officials(const OrganizationId& organization);

  /// Grants a membership in a locked organization to somebody who has none there.
  void add(const Membership& membership);
  /// Runs `act`, and only afterwards counts the members and Security Officials it has made, once
  /// for each organization. Nothing in it may read these counts or take somebody away.
  void count_members_after(const std::function<void()>& act);
  /// Changes the role of an active member of a locked organization. False, and nothing written,
  /// when that would take its last Security Official.
  [[nodiscard]] bool change_role(const Membership& membership, Role role);
  /// Writes the removal that `removed` carries, in a locked organization. False, and nothing
  /// written, when that would take its last Security Official.
  [[nodiscard]] bool record_removal(const Membership& removed);
  /// The same without that check, for the service center alone.
  void record_service_center_removal(const Membership& removed);

  std::optional<RoleRequestDetails> find_role_request(const RoleRequestId& id);
  /// What an act locks before it reads the request, which may have passed by then.
  struct RoleRequestPlace {
    OrganizationId organization;
    AccountId requester;
    RoleRequestStatus status;
  };
  std::optional<RoleRequestPlace> find_place_of(const RoleRequestId& id);
  /// The request that is not closed; its time may be over.
  std::optional<RoleRequestDetails> find_pending(const AccountId& requester,
                                                 const OrganizationId& organization);
  void add(const RoleRequest& request);
  /// Writes status, decision and version of a request that stopped pending, and the decision in its
  /// history. False, and nothing written, when it had stopped before.
  [[nodiscard]] bool record_closing(const RoleRequest& closed);
  /// Writes a denied request that is pending again, and the reopening in its history. False, and
  /// nothing written, when it was not denied.
  [[nodiscard]] bool record_reopening(const RoleRequest& reopened,
                                      const std::optional<std::string>& reason);
  /// The last decisions and reopenings, oldest first.
  std::vector<PastDecision> list_decisions(const RoleRequestId& id, std::size_t limit);

  struct Pending {
    std::vector<RoleRequestDetails> requests;  // oldest first
    std::int64_t count;                        // of all, when there are more
  };
  /// What waits at `now` for others to decide what `account` asked for, and for `account` to
  /// decide as a Security Official.
  Pending list_pending(const AccountId& account, Timestamp now, std::size_t limit);
  /// What was asked for at one organization, oldest first, behind request `after`; nullopt when
  /// that was never made there. What is over but not marked is in no list.
  std::optional<std::vector<RoleRequestDetails>> list_role_requests(
      const OrganizationId& organization, const RoleRequestFilter& filter, Timestamp now,
      const std::optional<RoleRequestId>& after, std::size_t limit);
  /// Requests whose time is over and that nobody has marked yet.
  std::vector<RoleRequestId> list_overdue(Timestamp now, std::size_t limit);

  /// Begins the waiting of a request that is pending again: everybody is reminded afresh.
  void start_waiting(const RoleRequest& reopened, Timestamp at);

  struct ReminderDue {
    RoleRequestId id;
    Timestamp at;
  };
  /// Gives requests that have none yet the time of their first step; how many.
  std::int64_t schedule_reminders(std::chrono::milliseconds first_after, std::size_t limit);
  std::vector<ReminderDue> list_reminders_due(Timestamp now, std::size_t limit);
  /// Moves the time of the next step of a pending request on. False when somebody else did.
  [[nodiscard]] bool claim_reminder(const ReminderDue& due, std::optional<Timestamp> next_at);
  void record_reminder(const RoleRequestId& id, Timestamp at);
  /// False when it is not pending or was escalated before.
  [[nodiscard]] bool record_escalation(const RoleRequestId& id, Timestamp at);
  /// What is pending at one organization, not escalated, and nobody's to decide.
  std::vector<RoleRequestDetails> list_undecidable(const OrganizationId& organization,
                                                   Timestamp now);

  /// Work that is done now and then, by one of all replicas.
  struct Timer {
    std::string name;
    Timestamp done_until;
    std::string progress = {};  // of work that was begun
  };
  std::optional<Timer> find_timer(const std::string& name);
  void start_timer(const std::string& name, Timestamp now);
  /// False when somebody else has moved it on.
  [[nodiscard]] bool move_timer(const Timer& from, const Timer& to);

  /// Security Officials with something to decide, by id, behind `after`.
  std::vector<AccountId> list_officials_with_pending(const std::string& after, Timestamp now,
                                                     std::size_t limit);
  PendingDigest find_digest(const AccountId& official, Timestamp now,
                            std::size_t organizations_max);

  /// A kept number that is not what a recount gives.
  struct Miscount {
    OrganizationId organization;
    std::string counter;
    std::int64_t kept;
    std::int64_t counted;
  };
  /// Recounts everything: reads the whole of the tables.
  std::vector<Miscount> list_miscounts();

  struct Searches {
    std::int64_t count;  // this one included
    Timestamp window_over_at;
  };
  /// Counts one search for an organization in the person's present hour.
  Searches count_search(const AccountId& account, Timestamp now);
  void forget_old_searches(Timestamp now);

  /// Queues `event` for notification; the relay sees it after the commit.
  void enqueue(const events::Event& event);

  /// Leaves an audit row: the next of its chain, which waits for others until the transaction ends.
  /// After all other locks; the service's chain after those of organizations.
  void record(const Act& act, const AuditEntry& entry);
  /// The mac of a row of the audit; "" when it is not there.
  std::string find_mac(const std::string& chain, std::int64_t number);
  /// The rows of a chain behind number `after`, in order.
  std::vector<AuditRow> list_audit(const std::string& chain, std::optional<std::int64_t> after,
                                   std::size_t limit);
  /// The rows of an organization, newest first, behind the row `after`; nullopt when that is not
  /// one of them.
  std::optional<std::vector<AuditRowDetails>> list_newest_audit(
      const OrganizationId& organization, const std::optional<std::string>& after,
      std::size_t limit);
  std::vector<AuditHead> list_audit_heads(const std::string& after_chain, std::size_t limit);
  std::optional<AuditRow> find_audit_row_without_head();
  /// Active and ended memberships by id, behind `after`.
  std::vector<Membership> list_all_memberships(const OrganizationId& organization,
                                               const std::optional<MembershipId>& after,
                                               std::size_t limit);
  /// The organizations that have memberships, but no chain.
  std::vector<OrganizationId> list_organizations_without_audit();

  /// `proof_hash` when it is on record there.
  std::optional<std::string> find_clinician(const OrganizationId& organization,
                                            const std::string& proof_hash);
  /// False when it was on record before.
  bool add_clinician(const OrganizationId& organization, const std::string& proof_hash);
  void forget_clinicians(const OrganizationId& organization);
  struct Attempts {
    std::int64_t count;  // this one included
    Timestamp window_over_at;
  };
  Attempts count_claim_attempt(const std::string& counted, std::chrono::milliseconds window,
                               Timestamp now);
  void forget_claim_attempts(std::chrono::milliseconds window, Timestamp now);

  void add(const Proposal& proposal);
  std::optional<ProposalDetails> find_proposal(const ProposalId& id);
  /// Writes how a proposal was confirmed or rejected. False, and nothing written, when it had been
  /// before.
  [[nodiscard]] bool record_closing(const Proposal& closed);
  /// Pending proposals, oldest first, behind proposal `after`; nullopt when there is no such.
  std::optional<std::vector<ProposalDetails>> list_pending_proposals(
      Timestamp now, const std::optional<ProposalId>& after, std::size_t limit);

  bool is_service_center_agent(const AccountId& account);
  /// False when nothing changed.
  bool grant_service_center_agent(const AccountId& account, Timestamp at);
  bool revoke_service_center_agent(const AccountId& account);
  /// The organizations with that TIN, by name.
  std::vector<OrganizationOverview> list_organizations(const TaxpayerIdentificationNumber& tin,
                                                       Timestamp now, std::size_t limit);

 private:
  void keep_decision(const RoleRequest& request, RoleRequestAction action, const AccountId& actor,
                     Timestamp at, const std::optional<std::string>& reason);
  struct MemberCounts {
    std::int64_t members = 0;
    std::int64_t security_officials = 0;
  };
  void count_members(const OrganizationId& organization, const MemberCounts& more);
  bool take_security_official(const OrganizationId& organization);
  void count_pending(const OrganizationId& organization, std::int64_t more);
  void write_removal(const Membership& removed);
  std::vector<RoleRequestDetails> list_own_pending(const AccountId& account, Timestamp now,
                                                   std::size_t limit);
  std::vector<RoleRequestDetails> list_to_decide(const AccountId& account, Timestamp now,
                                                 std::size_t limit);

  database::Transaction& transaction_;
  std::string_view audit_key_;
  std::optional<std::map<OrganizationId, MemberCounts>> uncounted_;
};

}  // namespace membership
