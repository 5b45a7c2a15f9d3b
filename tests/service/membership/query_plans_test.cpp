#include <algorithm>

#include <sqlite3.h>

#include "database/database.hpp"
#include "database/target.hpp"
#include "events/event.hpp"
#include "membership/storage/store.hpp"
#include "support/membership_guide.hpp"
#include "support/processes.hpp"

using namespace testing;

namespace {

class SomeRow final : public database::Row {
  std::optional<std::int64_t> integer(std::size_t) override { return 1; }
  std::optional<std::string> text(std::size_t) override { return AccountId::generate().text(); }
};

/// Notes the statements it is given instead of running them.
class NotingTransaction : public database::Transaction {
 public:
  std::set<std::string> statements;
  void undo() override {}

 private:
  database::Kind kind_() const override { return database::Kind::sqlite; }
  std::int64_t execute_(database::Sql sql, database::Parameters) override {
    statements.insert(sql.text());
    return 1;
  }
  void select_(database::Sql sql, database::Parameters,
               const std::vector<database::ColumnType>& columns, std::size_t,
               const database::EachRow& each) override {
    statements.insert(sql.text());
    if (columns.size() > 2) return;
    SomeRow row;
    each(row);
  }
};

std::vector<std::string> plan_of(sqlite3* connection, const std::string& statement) {
  std::vector<std::string> steps;
  const auto keep = [](void* kept, int, char** values, char**) {
    static_cast<std::vector<std::string>*>(kept)->emplace_back(values[3]);
    return 0;
  };
  const std::string explain =
      "EXPLAIN QUERY PLAN " + database::expand_tokens(statement, database::Kind::sqlite);
  if (sqlite3_exec(connection, explain.c_str(), keep, &steps, nullptr) != SQLITE_OK) {
    throw std::runtime_error(explain + ": " + sqlite3_errmsg(connection));
  }
  return steps;
}

}  // namespace

TEST_CASE("PostgreSQL finds memberships by their account before it has statistics of the table") {
  const auto kinds = database_kinds();
  if (std::find(kinds.begin(), kinds.end(), database::Kind::postgresql) == kinds.end()) return;
  MembershipService service(database::Kind::postgresql);
  const auto plan = service.database().read([](database::Transaction& transaction) {
    return transaction.rows<std::string>(
        "EXPLAIN SELECT role FROM memberships"
        " WHERE account_id = 'a' AND organization_id = 'o' AND removed_at IS NULL");
  });
  CHECK(std::any_of(plan.begin(), plan.end(), [](const auto& step) {
    return std::get<0>(step).find("one_active_membership") != std::string::npos;
  }));
}

TEST_CASE("No statement reads the whole of a table that grows") {
  NotingTransaction noting;
  Store store(noting, audit_key);
  const auto now = vocabulary::now();
  const auto account = AccountId::generate();
  const auto organization = OrganizationId::generate();
  const auto member = MembershipId::generate();
  const auto request = RoleRequestId::generate();
  const Membership membership{.id = member,
                              .member = account,
                              .organization = organization,
                              .role = Role::security_official,
                              .granted_at = now,
                              .removal = Removal{account, now, std::nullopt}};
  store.is_known(account);
  store.find_account_name(account);
  store.put_account(account, "Name", now);
  CHECK(store.lock_organization(organization));
  store.find_organization(organization);
  store.find_organization(OrganizationType::practice, "000000001");
  store.count_pending(organization, now);
  store.list_cards(account, std::nullopt, now, 1);
  store.find_all_of(account, now, 1);
  CHECK_THROWS(store.count_organizations(account));  // of a type that is none
  store.list_registration_windows(2026);
  store.put_registration_window(Program::cms_web_interface, 2026, {now, now + 1s, 25});
  store.list_registrations(organization, 2026);
  store.list_registrations(account, 2026);
  CHECK(store.record_registration(
      organization,
      {.program = Program::cms_web_interface, .performance_year = 2026, .window = std::nullopt},
      account, now));
  CHECK_THROWS(store.find_roles({{account, organization}}));  // of a role that is none
  CHECK_THROWS(store.find_roles({{account, organization}, {account, organization}}));
  store.find_active_membership(account, organization);
  store.find_membership(member);
  store.find_position(organization, member);
  store.list_members(organization,
                     {.search = "x", .role = {}, .granted_after = {}, .granted_before = {}}, {}, 1);
  store.list_security_officials(organization);
  store.add(membership);
  CHECK(store.change_role(membership, Role::staff_user));
  CHECK(store.record_removal(membership));
  store.find_role_request(request);
  store.find_place_of(request);
  store.find_pending(account, organization);
  CHECK_THROWS(store.list_pending(account, now, 1).requests.at(0));
  store.list_role_requests(organization, {}, now, request, 1);
  CHECK(store.record_closing(RoleRequest{.id = request,
                                         .requester = account,
                                         .organization = organization,
                                         .role = Role::staff_user,
                                         .requested_at = now,
                                         .expires_at = now,
                                         .status = RoleRequestStatus::withdrawn,
                                         .closed_at = now,
                                         .decision = std::nullopt}));
  CHECK(store.record_reopening({.id = request,
                                .requester = account,
                                .organization = organization,
                                .role = Role::staff_user,
                                .requested_at = now,
                                .expires_at = now,
                                .closed_at = std::nullopt,
                                .decision = std::nullopt,
                                .reopening = Reopening{account, now}},
                               std::nullopt));
  store.list_decisions(request, 1);
  CHECK(store.hold(organization));
  store.hold(account);
  store.list_overdue(now, 1);
  store.schedule_reminders(1h, 1);
  store.list_reminders_due(now, 1);
  CHECK(store.claim_reminder({request, now}, now));
  store.record_reminder(request, now);
  CHECK(store.record_escalation(request, now));
  store.list_undecidable(organization, now);
  store.find_timer("timer");
  store.start_timer("timer", now);
  CHECK(store.move_timer({"timer", now}, {"timer", now, "x"}));
  store.list_officials_with_pending("", now, 1);
  store.find_digest(account, now, 1);
  store.count_search(account, now);
  store.forget_old_searches(now);
  CHECK_THROWS(store.record(  // no row before
      {.actor = "", .operation = "", .at = now, .request_id = "", .subject = ""},
      {.organization = organization, .subject = "", .outcome = ""}));
  store.find_mac("service", 1);
  store.list_audit("service", 1, 1);
  store.list_newest_audit(organization, request.text(), 1);
  store.list_audit_heads("", 1);
  store.list_all_memberships(organization, member, 1);
  store.is_service_center_agent(account);
  store.grant_service_center_agent(account, now);
  store.revoke_service_center_agent(account);
  store.list_organizations(TaxpayerIdentificationNumber::parse("000000001").value(), now, 1);
  store.record_service_center_removal(membership);
  store.find_clinician(organization, "hash");
  store.add_clinician(organization, "hash");
  store.forget_clinicians(organization);
  store.count_claim_attempt("account", 1h, now);
  store.forget_claim_attempts(1h, now);
  const auto proposal = ProposalId::generate();
  store.find_proposal(proposal);
  store.list_pending_proposals(now, proposal, 1);
  CHECK(store.record_closing(Proposal{.id = proposal,
                                      .organization = organization,
                                      .account = account,
                                      .act = ProposedAppointment{},
                                      .reason = "",
                                      .case_number = "",
                                      .proposed_by = account,
                                      .proposed_at = now,
                                      .expires_at = now,
                                      .dual_control = false,
                                      .status = ProposalStatus::confirmed,
                                      .closing = ProposalClosing{account, now}}));

  MembershipService service(database::Kind::sqlite);
  sqlite3* connection = nullptr;
  REQUIRE(sqlite3_open(service.database_path().c_str(), &connection) == SQLITE_OK);
  for (const auto& statement : noting.statements) {
    for (const auto& step : plan_of(connection, statement)) {
      CAPTURE(statement, step);
      CHECK((!step.starts_with("SCAN") || step == "SCAN CONSTANT ROW" ||
             step == "SCAN pair VIRTUAL TABLE INDEX 1:"));  // what was asked
    }
  }
  sqlite3_close(connection);
  CHECK(noting.statements.size() > 25);
}
