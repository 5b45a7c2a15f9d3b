#include "support/membership_process.hpp"

#include <mutex>
#include <tuple>

#include "auth/authenticator.hpp"
#include "auth/jws.hpp"
#include "membership/domain/organization.hpp"
#include "membership/storage/store.hpp"
#include "support/peer.hpp"

namespace membership {
const std::vector<database::Migration>& migrations();
}

namespace testing {

using membership::AccountId;

struct MembershipNeighbours::State {
  Peer::Response answer(const Peer::Request& request) {
    if (request.path == "/.well-known/jwks.json") {
      return {200, Json{{"keys", {key.to_public_jwk()}}}.dump()};
    }
    if (request.path == "/internal/v1/token") {
      return {200, R"({"access_token": "ours", "token_type": "Bearer", "expires_in": 300})"};
    }
    if (request.authorization != "Bearer ours") return {401};
    Json results = Json::array();
    const std::lock_guard lock(mutex);
    for (const Json& event : Json::parse(request.body)) {
      told.push_back(event);
      results.push_back({{"id", event["id"]}, {"outcome", "taken"}});
    }
    return {200, Json{{"results", results}}.dump()};
  }

  auth::Key key = auth::Key::generate();
  std::mutex mutex;
  std::vector<Json> told;
  Peer peer{[this](const Peer::Request& request) { return answer(request); }};
};

MembershipNeighbours::MembershipNeighbours() : state_(std::make_unique<State>()) {}

MembershipNeighbours::~MembershipNeighbours() = default;

std::string MembershipNeighbours::url() const {
  return state_->peer.url();
}

std::string MembershipNeighbours::token_of(const AccountId& account) const {
  return auth::sign_token(
      state_->key, "at+jwt",
      auth::access_claims({.kind = auth::Principal::Kind::person,
                           .subject = account.text(),
                           .session = vocabulary::new_uuid(),
                           .signed_in_with_totp = true,
                           .scopes = {}},
                          issuer, "countersign", vocabulary::now(), std::chrono::hours(1)));
}

std::vector<Json> MembershipNeighbours::told() const {
  const std::lock_guard lock(state_->mutex);
  return state_->told;
}

ServiceProcess::Settings membership_settings(const std::string& database_url,
                                             const MembershipNeighbours& neighbours) {
  return {{"database-url", database_url},
          {"issuer", MembershipNeighbours::issuer},
          {"identity-url", neighbours.url()},
          {"notification-url", neighbours.url()},
          {"client-secret", "not-very-secret"}};
}

Clinic make_clinic(database::Database& database, std::size_t people) {
  using namespace membership;
  database.migrate(migrations());
  Clinic clinic;
  database.write([&](database::Transaction& transaction) {
    const auto now = vocabulary::now();
    Store store(transaction);
    const auto add_person = [&](const std::string& name) {
      const auto id = AccountId::generate();
      store.put_account(id, name, now);
      return id;
    };
    store.add(Organization{.id = clinic.organization,
                           .type = OrganizationType::practice,
                           .identifier = "000000001",
                           .name = "Acme Clinic, LLC",
                           .tin = TaxpayerIdentificationNumber::parse("000000001").value(),
                           .address = "1 Main Street, Springfield"});
    for (const char* name : {"Elizabeth Blackwell", "Florian Parker"}) {
      clinic.officials.push_back(add_person(name));
      store.add(Membership{.id = MembershipId::generate(),
                           .member = clinic.officials.back(),
                           .organization = clinic.organization,
                           .role = Role::security_official,
                           .granted_at = now,
                           .removal = std::nullopt});
    }
    for (std::size_t i = 0; i < people; ++i) {
      clinic.people.push_back(add_person("Person " + std::to_string(i)));
    }
  });
  return clinic;
}

std::string lost(database::Database& database, const std::vector<Deed>& deeds) {
  return database.read([&](database::Transaction& transaction) -> std::string {
    for (const auto& [request, status, membership] : deeds) {
      const auto there = !request.empty()
                             ? transaction.row<std::int64_t>(
                                   "SELECT 1 FROM role_requests WHERE id = :id"
                                   " AND (CAST(:status AS TEXT) = '' OR status = :status)",
                                   {{"id", request}, {"status", status}})
                             : transaction.row<std::int64_t>(
                                   "SELECT 1 FROM memberships"
                                   " WHERE id = :id AND removed_at IS NOT NULL",
                                   {{"id", membership}});
      if (!there) return status + " " + request + membership;
    }
    return "";
  });
}

EventName name_of(const Json& event) {
  const auto& data = event.at("data");
  return {event.at("type"), data.value("membershipId", data.value("roleRequestId", ""))};
}

namespace {

using database::Transaction;

struct Check {
  const char* what;
  database::Sql count;
};

const Check checks[] = {
    {"closed requests without their one audit row",
     "SELECT COUNT(*) FROM role_requests r WHERE r.status <> 'pending' AND 1 <>"
     " (SELECT COUNT(*) FROM audit_entries a WHERE a.subject_id = r.id AND a.outcome = r.status)"},
    {"requests without the one audit row of their creation",
     "SELECT COUNT(*) FROM role_requests r WHERE 1 <>"
     " (SELECT COUNT(*) FROM audit_entries a WHERE a.subject_id = r.id AND a.outcome = 'pending')"},
    {"decisions in the audit without effect",
     "SELECT COUNT(*) FROM audit_entries a WHERE a.outcome IN ('approved', 'denied') AND NOT EXISTS"
     " (SELECT 1 FROM role_requests r WHERE r.id = a.subject_id AND r.status = a.outcome)"},
    {"requests in the audit that are not there",
     "SELECT COUNT(*) FROM audit_entries a WHERE a.outcome = 'pending' AND NOT EXISTS"
     " (SELECT 1 FROM role_requests r WHERE r.id = a.subject_id)"},
    {"removals in the audit without effect",
     "SELECT COUNT(*) FROM audit_entries a WHERE a.outcome = 'removed' AND NOT EXISTS"
     " (SELECT 1 FROM memberships m WHERE m.id = a.subject_id AND m.removed_at IS NOT NULL)"},
    {"removals without their one audit row",
     "SELECT COUNT(*) FROM memberships m WHERE m.removed_at IS NOT NULL AND 1 <>"
     " (SELECT COUNT(*) FROM audit_entries a WHERE a.subject_id = m.id AND a.outcome = 'removed')"},
    {"people whose approvals are not their memberships",
     "SELECT COUNT(*) FROM accounts c WHERE"
     " (SELECT COUNT(*) FROM memberships m WHERE m.account_id = c.id AND m.role = 'staffUser') <>"
     " (SELECT COUNT(*) FROM role_requests r"
     "   WHERE r.requester_id = c.id AND r.status = 'approved')"},
    {"organizations whose counters do not count",
     "SELECT COUNT(*) FROM organizations o WHERE"
     " o.member_count <> (SELECT COUNT(*) FROM memberships m"
     "  WHERE m.organization_id = o.id AND m.removed_at IS NULL) OR"
     " o.security_official_count <> (SELECT COUNT(*) FROM memberships m WHERE"
     "  m.organization_id = o.id AND m.removed_at IS NULL AND m.role = 'securityOfficial')"},
    {"acts without their stored answer, or the other way round",
     "SELECT (SELECT COUNT(*) FROM audit_entries"
     "         WHERE outcome IN ('pending', 'approved', 'denied', 'removed')) -"
     " (SELECT COUNT(*) FROM idempotent_answers)"},
    {"answers stored without what they say",
     "SELECT COUNT(*) FROM idempotent_answers WHERE sealed_answer = ''"}};

bool is_of_an_act(const std::string& type) {
  return type == "roleRequest.created" || type == "roleRequest.approved" ||
         type == "roleRequest.denied" || type == "membership.removed";
}

std::set<EventName> events_due(Transaction& transaction) {
  std::set<EventName> due;
  for (const auto& [subject, outcome] : transaction.rows<std::string, std::string>(
           "SELECT subject_id, outcome FROM audit_entries"
           " WHERE outcome IN ('pending', 'approved', 'denied', 'removed')")) {
    due.emplace(outcome == "removed"   ? "membership.removed"
                : outcome == "pending" ? "roleRequest.created"
                                       : "roleRequest." + outcome,
                subject);
  }
  return due;
}

}  // namespace

std::string half_done(database::Database& database, const std::set<EventName>& told) {
  return database.read([&](Transaction& transaction) -> std::string {
    for (const auto& [what, count] : checks) {
      const auto found = std::get<0>(*transaction.row<std::int64_t>(count));
      if (found != 0) return std::to_string(found) + " " + what;
    }
    auto events = told;
    for (const auto& [event] : transaction.rows<std::string>("SELECT event FROM outbox")) {
      events.insert(name_of(Json::parse(event)));
    }
    const auto due = events_due(transaction);
    for (const auto& [type, about] : due) {
      if (!events.contains({type, about})) return "no " + type + " about " + about;
    }
    for (const auto& [type, about] : events) {
      if (!is_of_an_act(type)) continue;
      if (!due.contains({type, about})) return type + " about " + about + ", which never happened";
    }
    return "";
  });
}

}  // namespace testing
