#include "histories/model.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>

#include "histories/service.hpp"
#include "vocabulary/timestamp.hpp"

namespace histories {

namespace {

using Membership = State::Membership;
using RoleRequest = State::RoleRequest;
using Proposal = State::Proposal;

constexpr const char* staff_user = "staffUser";
constexpr const char* security_official = "securityOfficial";
constexpr const char* service_center = "00000000-0000-7000-8000-000000000000";

std::string caller_and_key(const Call& call) {
  return call.actor + ' ' + call.idempotency_key;
}

// What was asked, for the comparison of two calls with one key.
Json request_of(const Call& call) {
  return {{"operation", call.operation}, {"subject", call.subject}, {"body", call.body}};
}

std::string etag_of(int version) {
  return '"' + std::to_string(version) + '"';
}

std::int64_t milliseconds(const std::string& instant) {
  return vocabulary::to_unix(vocabulary::parse_timestamp(instant).value());
}

/// Where `actual` lacks what `expected` says, "" when nowhere. null expects null or nothing;
/// members that nothing is expected of may be anything.
std::string difference(const Json& expected, const Json& actual, const std::string& place = "") {
  const auto differs = [&] {
    return (place.empty() ? "/" : place) + " is " + actual.dump() + " instead of " +
           expected.dump();
  };
  if (expected.is_object()) {
    if (!actual.is_object()) return differs();
    for (const auto& [name, value] : expected.items()) {
      const auto found = actual.find(name);
      const auto deeper =
          difference(value, found == actual.end() ? Json() : *found, place + "/" + name);
      if (!deeper.empty()) return deeper;
    }
    return "";
  }
  if (expected.is_array()) {
    if (!actual.is_array() || actual.size() != expected.size()) return differs();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto deeper = difference(expected[i], actual[i], place + "/" + std::to_string(i));
      if (!deeper.empty()) return deeper;
    }
    return "";
  }
  return expected == actual ? "" : differs();
}

/// Calls `visit` with every object within `json`.
void for_each_object(const Json& json, const std::function<void(const Json&)>& visit) {
  if (json.is_object()) visit(json);
  if (json.is_structured()) {
    for (const Json& part : json) for_each_object(part, visit);
  }
}

// In the order of ids, so that what came to the same in another order is the same state.
template <class Row>
void insert(std::vector<Row>& rows, Row row) {
  const auto place = std::lower_bound(rows.begin(), rows.end(), row,
                                      [](const Row& a, const Row& b) { return a.id < b.id; });
  rows.insert(place, std::move(row));
}

bool has_member(const Json& list, const std::string& id) {
  return std::any_of(list.begin(), list.end(), [&](const Json& item) { return item["id"] == id; });
}

}  // namespace

bool Call::only_reads() const {
  return !succeeded() || replayed || operation.starts_with("get") ||
         operation.starts_with("list") || operation == "checkAuthorizations";
}

std::string to_text(const Call& call) {
  const auto end_of = [](const std::string& id) {
    return id.substr(id.size() - std::min<std::size_t>(id.size(), 6));
  };
  std::string text = std::to_string(call.span.invoked / 1000) + ".." +
                     std::to_string(call.span.returned / 1000) + " us  client " +
                     std::to_string(call.client) + " as " + end_of(call.actor) + "  " +
                     call.operation;
  if (!call.subject.empty()) text += " of " + end_of(call.subject);
  if (!call.query.empty()) text += "?" + call.query;
  if (!call.body.is_null()) text += " " + call.body.dump();
  if (!call.if_match.empty()) text += " If-Match " + call.if_match;
  if (!call.idempotency_key.empty()) text += " key " + end_of(call.idempotency_key);
  text += "  ->  " + std::to_string(call.status);
  if (!call.succeeded() && call.answer.contains("type")) {
    const auto type = call.answer["type"].get<std::string>();
    text += " " + type.substr(type.rfind('/') + 1);
  }
  if (call.replayed) text += " (replayed)";
  return text;
}

std::string State::key() const {
  std::string text;
  for (const auto& membership : memberships) {
    text += membership.member + membership.role + membership.granted_at + membership.removed_at +
            std::to_string(membership.version) + '\n';
  }
  for (const auto& request : requests) {
    text += request.id + request.status + request.expires_at + request.reopened_by +
            (request.escalated ? "!" : "") + std::to_string(request.version) +
            request.history.dump() + '\n';
  }
  for (const auto& proposal : proposals) {
    text += proposal.id + proposal.status + proposal.closed_by + proposal.closed_at + '\n';
  }
  for (const auto& [of, registration] : registrations) {
    if (registration.version == 0) continue;
    text += of.first + std::to_string(of.second) + (registration.registered ? "+" : "-") +
            std::to_string(registration.version) + '\n';
  }
  for (const auto& [key, answer] : first_answers) text += key + answer.dump() + '\n';
  return text;
}

int clinicians_min(const std::string& program) {
  return program == "cmsWebInterface" ? 25 : 2;
}

const Membership* State::active(const std::string& account) const {
  for (const auto& membership : memberships) {
    if (membership.member == account && membership.removed_at.empty()) return &membership;
  }
  return nullptr;
}

int State::officials() const {
  return static_cast<int>(
      std::count_if(memberships.begin(), memberships.end(), [](const Membership& membership) {
        return membership.removed_at.empty() && membership.role == security_official;
      }));
}

Model::Model(std::map<std::string, std::string> names, std::set<std::string> agents,
             const Terms& terms, const std::vector<Call>& history)
    : names_(std::move(names)), agents_(std::move(agents)), terms_(terms) {
  names_[service_center] = "Service center";
  std::set<std::string> keys;
  for (const Call& call : history) {
    for_each_object(call.answer, [&](const Json& object) {
      if (object.contains("grantedAt") && object.contains("id")) {
        membership_ids_[{object["accountId"], object["grantedAt"]}] = object["id"];
      }
      if (object.contains("requestedAt")) claimed_requests_.emplace(object["id"], object);
      if (object.value("status", Json()) == "expired") seen_expired_.insert(object["id"]);
      if (object.value("status", Json()) == "superseded") seen_superseded_.insert(object["id"]);
    });
    if (call.idempotency_key.empty()) continue;
    if (!keys.insert(caller_and_key(call)).second) repeated_keys_.insert(caller_and_key(call));
  }
  for (const Call& call : history) {
    if (call.operation == "createRoleRequest" && call.succeeded()) {
      claimed_requests_.erase(call.answer["id"].get<std::string>());
    }
  }
}

/// One call on one state.
class Model::Step {
 public:
  Step(const Model& model, const State& before, const Call& call)
      : model_(model), call_(call), state_(before) {}

  /// Whether the call is answered so; then state() is what comes of it.
  bool take() {
    const bool is_repeated = model_.repeated_keys_.contains(caller_and_key(call_));
    if (is_repeated) {
      const auto first = state_.first_answers.find(caller_and_key(call_));
      if (first != state_.first_answers.end()) return repeat(first->second);
    }
    if (call_.replayed) return refuse("nothing was answered under this key before");
    if (!act()) return false;
    if (is_repeated) {
      state_.first_answers[caller_and_key(call_)] = {{"request", request_of(call_)},
                                                     {"status", call_.status},
                                                     {"answer", without_request_id(call_.answer)}};
    }
    return true;
  }

  State&& state() { return std::move(state_); }
  Explanation explanation() const { return {why_, ruling_ ? ruling_->text : ""}; }

 private:
  bool refuse(std::string why) {
    why_ = std::move(why);
    return false;
  }

  static Json without_request_id(Json answer) {
    if (answer.is_object()) answer.erase("requestId");
    return answer;
  }

  bool repeat(const Json& first) {
    if (first["request"] != request_of(call_)) {
      return is_problem(422, "idempotency-key-reused");
    }
    if (!call_.replayed || call_.status != first["status"] ||
        without_request_id(call_.answer) != first["answer"]) {
      return refuse("not the first answer under this key: " + first.dump());
    }
    return true;
  }

  bool is_problem(int status, const std::string& problem) {
    const std::string type = call_.answer.value("type", "");
    if (call_.status == status && type.ends_with("/" + problem)) return true;
    return refuse("expected " + std::to_string(status) + " " + problem);
  }

  bool act() {
    using Operation = bool (Step::*)();
    static const std::map<std::string, Operation> operations = {
        {"createRoleRequest", &Step::create_role_request},
        {"claimOrganization", &Step::claim_organization},
        {"getRoleRequest", &Step::get_role_request},
        {"approveRoleRequest", &Step::decide_role_request},
        {"denyRoleRequest", &Step::decide_role_request},
        {"withdrawRoleRequest", &Step::withdraw_role_request},
        {"reopenRoleRequest", &Step::reopen_role_request},
        {"getMembership", &Step::get_membership},
        {"removeMembership", &Step::remove_membership},
        {"getOrganization", &Step::get_organization},
        {"listMembers", &Step::list_members},
        {"listOrganizationRoleRequests", &Step::list_role_requests},
        {"getManageAccess", &Step::get_manage_access},
        {"checkAuthorizations", &Step::check_authorizations},
        {"registerOrganization", &Step::change_registration},
        {"cancelRegistration", &Step::change_registration},
        {"listRegistrations", &Step::list_registrations},
        {"decideRoleRequests", &Step::decide_role_requests},
        {"proposeRemoval", &Step::propose_removal},
        {"proposeAppointment", &Step::propose_appointment},
        {"proposeDecision", &Step::propose_decision},
        {"getProposal", &Step::get_proposal},
        {"confirmProposal", &Step::confirm_proposal},
        {"rejectProposal", &Step::reject_proposal},
    };
    return (this->*operations.at(call_.operation))();
  }

  // The ruling when the answer is as it says; else nullptr, and why.
  const testing::Ruling* ruling(const testing::Facts& facts) {
    const auto& found = testing::ruling_on(call_.operation, facts);
    const bool fits =
        found.is_refusal() ? is_problem(found.status, found.outcome) : call_.status == found.status;
    if (fits) return ruling_ = &found;
    why_ = "expected: " + found.text;
    return nullptr;
  }

  bool is_answered(const Json& expected) {
    const auto found = difference(expected, call_.answer);
    return found.empty() || refuse(found);
  }

  bool is_answered(const Json& expected, int version) {
    if (!call_.is_part && call_.etag != etag_of(version)) {
      return refuse("the ETag is " + call_.etag + " instead of " + etag_of(version));
    }
    return is_answered(expected);
  }

  std::string held_by(const std::string& account) const {
    const auto* membership = state_.active(account);
    return membership ? membership->role : "nothing";
  }

  std::string if_match(int version) const {
    if (call_.if_match.empty() || call_.if_match == "*") return "none";
    return call_.if_match == etag_of(version) ? "current" : "stale";
  }

  // Role requests.

  // Of a role request or a proposal.
  template <class Waiting>
  bool can_be_pending(const Waiting& waiting) const {
    return waiting.status == "pending" && call_.wall.invoked < milliseconds(waiting.expires_at);
  }

  template <class Waiting>
  bool can_be_expired(const Waiting& waiting) const {
    return waiting.status == "pending" && call_.wall.returned >= milliseconds(waiting.expires_at);
  }

  // The status it may have at the time of the call: two at the very end of its time.
  template <class Waiting>
  std::vector<std::string> statuses(const Waiting& waiting) const {
    std::vector<std::string> possible;
    if (can_be_pending(waiting)) possible.push_back("pending");
    if (can_be_expired(waiting)) possible.push_back("expired");
    if (possible.empty()) possible.push_back(waiting.status);
    return possible;
  }

  int deciders_of(const RoleRequest& request) const {
    return state_.officials() - (held_by(request.requester) == security_official ? 1 : 0);
  }

  // What nobody there can decide goes to the service center, for good.
  void escalate_undecidable() {
    for (auto& request : state_.requests) {
      if (request.status == "pending" && deciders_of(request) == 0) request.escalated = true;
    }
  }

  Json to_json(const RoleRequest& request, const std::string& status) const {
    const bool is_own = request.requester == call_.actor;
    const bool is_pending = status == "pending";
    Json actions = Json::array();
    if (is_pending) actions = is_own ? Json{"withdraw"} : Json{"approve", "deny"};
    if (status == "denied" && !is_own && shows_reopen(request)) actions = {"reopen"};
    return {{"id", request.id},
            {"relation", is_own ? "own" : "toDecide"},
            {"requester", person(request.requester)},
            {"organization", {{"id", state_.organization}}},
            {"role", request.role},
            {"status", status},
            {"requestedAt", request.requested_at},
            {"expiresAt", request.expires_at},
            {"deciderCount", is_pending ? deciders_of(request) : 0},
            {"decision", request.decision},
            {"allowedActions", actions}};
  }

  // "open" and "over" at the very end.
  std::vector<std::string> windows(const RoleRequest& request) const {
    if (request.decision.is_null()) return {"over"};
    const auto end =
        milliseconds(request.decision["decidedAt"]) + model_.terms_.reopen_within.count();
    std::vector<std::string> possible;
    if (call_.wall.invoked < end) possible.push_back("open");
    if (call_.wall.returned >= end) possible.push_back("over");
    return possible;
  }

  // "yes" and "no" when another request of the requester is over in this very moment.
  std::vector<std::string> others_pending(const RoleRequest& request) const {
    for (const auto& other : state_.requests) {
      if (other.id == request.id || other.requester != request.requester) continue;
      if (other.status != "pending" || !can_be_pending(other)) continue;
      if (can_be_expired(other)) return {"yes", "no"};
      return {"yes"};
    }
    return {"no"};
  }

  // Whether an official is told that they may reopen the denied request.
  bool shows_reopen(const RoleRequest& request) const {
    const auto open = windows(request), pending = others_pending(request);
    if (held_by(call_.actor) != security_official || held_by(request.requester) == request.role ||
        open.front() == "over" || pending.back() == "yes") {
      return false;
    }
    if (open.size() == 1 && pending.size() == 1) return true;
    bool answered = false;
    for_each_object(call_.answer, [&](const Json& object) {
      if (object.value("id", "") == request.id && object.contains("allowedActions")) {
        answered = object["allowedActions"] == Json{"reopen"};
      }
    });
    return answered;
  }

  Json person(const std::string& account) const {
    return {{"accountId", account}, {"name", model_.names_.at(account)}};
  }

  RoleRequest* request() {
    for (auto& candidate : state_.requests) {
      if (candidate.id == call_.subject) return &candidate;
    }
    refuse("there is no such role request yet");
    return nullptr;
  }

  // The pending requests, oldest first, as far as the answer's list can tell.
  Json pending_requests(const Json& answered) const {
    std::vector<const RoleRequest*> pending;
    for (const auto& candidate : state_.requests) {
      if (!can_be_pending(candidate)) continue;
      if (can_be_expired(candidate) && !has_member(answered, candidate.id)) continue;
      pending.push_back(&candidate);
    }
    std::sort(pending.begin(), pending.end(), [](const auto* a, const auto* b) {
      return std::tie(a->requested_at, a->id) < std::tie(b->requested_at, b->id);
    });
    Json list = Json::array();
    for (const auto* each : pending) list.push_back(to_json(*each, "pending"));
    return list;
  }

  bool create_role_request() {
    const std::string role = call_.body.at("role");
    RoleRequest* open = nullptr;
    for (auto& candidate : state_.requests) {
      if (candidate.requester == call_.actor && candidate.status == "pending") open = &candidate;
    }
    const auto possible = open ? statuses(*open) : std::vector<std::string>{"none"};
    for (const auto& status : possible) {
      const auto* judged = ruling({{"holds", held_by(call_.actor)},
                                   {"asks", role},
                                   {"pending", status == "pending" ? "yes" : "no"},
                                   {"officials", state_.officials() > 0 ? "some" : "none"}});
      if (!judged) continue;
      if (judged->is_refusal()) return true;
      if (open) open->status = "expired";
      const RoleRequest created{.id = call_.answer.value("id", ""),
                                .requester = call_.actor,
                                .role = role,
                                .status = "pending",
                                .requested_at = call_.answer.value("requestedAt", ""),
                                .expires_at = call_.answer.value("expiresAt", "")};
      insert(state_.requests, created);
      escalate_undecidable();
      return is_answered(to_json(created, "pending"), 1);
    }
    return false;
  }

  bool claim_organization() {
    const bool is_right =
        call_.body.at("providerTransactionAccessNumber") == std::string(ptan_on_record);
    const auto* judged = ruling({{"officials", state_.officials() > 0 ? "some" : "none"},
                                 {"proof", is_right ? "right" : "wrong"}});
    if (!judged || judged->is_refusal()) return judged;

    RoleRequest* open = nullptr;
    for (auto& candidate : state_.requests) {
      if (candidate.requester == call_.actor && candidate.status == "pending") open = &candidate;
    }
    if (judged->outcome == "granted") {
      appoint(call_.actor, call_.answer.value("grantedAt", ""));
      const auto* granted = state_.active(call_.actor);
      return is_answered(to_json(*granted), granted->version);
    }
    if (!open || open->role != security_official || !can_be_pending(*open)) {
      if (open) supersede(*open);
      insert(state_.requests, asked_of_service_center());
      escalate_undecidable();
    }
    return is_answered({{"status", "pending"}});
  }

  // The answer does not tell its id, later answers may.
  RoleRequest asked_of_service_center() const {
    const auto at = [](std::int64_t unix) {
      return vocabulary::to_text(vocabulary::from_unix(unix));
    };
    RoleRequest asked{.id = "never named, of " + call_.actor + " since " + at(call_.wall.invoked),
                      .requester = call_.actor,
                      .role = security_official,
                      .status = "pending",
                      .requested_at = at(call_.wall.invoked),
                      .expires_at = at(call_.wall.invoked + model_.terms_.lifetime.count())};
    for (const auto& [request_id, seen] : model_.claimed_requests_) {
      const std::string requested_at = seen["requestedAt"];
      const bool is_known =
          std::any_of(state_.requests.begin(), state_.requests.end(),
                      [&id = request_id](const RoleRequest& each) { return each.id == id; });
      if (is_known || seen["organization"]["id"] != state_.organization ||
          seen["requester"]["accountId"] != call_.actor || requested_at < at(call_.wall.invoked) ||
          requested_at > at(call_.wall.returned)) {
        continue;
      }
      asked.id = request_id;
      asked.requested_at = requested_at;
      asked.expires_at = at(milliseconds(requested_at) + model_.terms_.lifetime.count());
    }
    return asked;
  }

  bool get_role_request() {
    const auto* found = request();
    if (!found) return false;
    const auto* judged = ruling({{"caller", caller_of(*found)}, {"holds", held_by(call_.actor)}});
    if (!judged) return false;
    if (judged->is_refusal()) return true;
    const auto told = difference(found->history, call_.answer.value("history", Json()), "/history");
    return told.empty() ? shows(*found) : refuse(told);
  }

  // Whether the answer shows the request. When one that expired is marked so is nobody's business.
  bool shows(const RoleRequest& request, const char* member = nullptr) {
    const Json& shown = member ? call_.answer.value(member, Json()) : call_.answer;
    for (const auto& status : statuses(request)) {
      const auto found = difference(to_json(request, status), shown);
      if (!found.empty()) {
        refuse(found);
      } else if (member || call_.is_part || status == "expired" ||
                 call_.etag == etag_of(request.version)) {
        return true;
      } else {
        refuse("the ETag is not that of version " + std::to_string(request.version));
      }
    }
    return false;
  }

  std::string caller_of(const RoleRequest& request) const {
    return request.requester == call_.actor ? "requester" : "other";
  }

  std::string decider_of(const RoleRequest& request) const {
    if (request.decision.is_null()) return "nobody";
    return request.decision["decidedBy"]["accountId"] == call_.actor ? "caller" : "other";
  }

  // The ruling on an act on a role request; `done` when there is nothing more to do.
  const testing::Ruling* judge(const RoleRequest& request, bool& done) {
    done = true;
    for (const auto& facts : possible_facts(request)) {
      const auto* judged = ruling(facts);
      if (!judged) continue;
      done = judged->is_refusal() || judged->outcome == "again";
      const bool shows_state = judged->status == 409;
      if (shows_state && !shows(request, "roleRequest")) continue;
      if (judged->outcome == "again" && !shows(request)) continue;
      return judged;
    }
    return nullptr;
  }

  std::vector<testing::Facts> possible_facts(const RoleRequest& request) const {
    std::vector<testing::Facts> possible;
    for (const auto& status : statuses(request)) {
      for (const auto& window : windows(request)) {
        for (const auto& pending : others_pending(request)) {
          possible.push_back(
              {{"caller", caller_of(request)},
               {"holds", held_by(call_.actor)},
               {"request", status},
               {"decidedBy", decider_of(request)},
               {"reopenedBy", request.reopened_by.empty()          ? "nobody"
                              : request.reopened_by == call_.actor ? "caller"
                                                                   : "other"},
               {"window", window},
               {"granted", held_by(request.requester) == request.role ? "yes" : "no"},
               {"pending", pending},
               {"ifMatch", if_match(request.version)}});
        }
      }
    }
    return possible;
  }

  bool decide_role_request() {
    auto* found = request();
    if (!found) return false;
    bool done = false;
    const auto* judged = judge(*found, done);
    if (!judged || done) return judged;

    decide(*found, judged->outcome, call_.actor,
           call_.answer.value("/decision/decidedAt"_json_pointer, ""), reason());
    return is_answered(to_json(*found, found->status), found->version);
  }

  void decide(RoleRequest& request, const std::string& verdict, const std::string& decider,
              const std::string& at, const Json& why) {
    request.status = verdict;
    ++request.version;
    request.decision = {
        {"verdict", verdict}, {"decidedBy", person(decider)}, {"decidedAt", at}, {"reason", why}};
    request.history.push_back({{"action", verdict == "approved" ? "approve" : "deny"},
                               {"actedBy", person(decider)},
                               {"actedAt", at},
                               {"reason", why}});
    if (verdict == "approved") grant(request.requester, request.role, at);
  }

  // One after the other, each as if it had been made alone.
  bool decide_role_requests() {
    const auto& items = call_.body.at("items");
    const Json answers = call_.answer.value("items", Json::array());
    if (call_.status != 200 || answers.size() != items.size()) {
      return refuse("expected 200 with a result for each of the items");
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      Call part = call_;
      part.is_part = true;
      part.operation =
          items[i].at("verdict") == "approved" ? "approveRoleRequest" : "denyRoleRequest";
      part.subject = items[i].at("roleRequestId");
      part.body = items[i];
      part.status = answers[i].value("status", 0);
      part.answer = answers[i].value(part.succeeded() ? "roleRequest" : "problem", Json());
      Step step(model_, state_, part);
      const bool is_answered_so = step.act();
      ruling_ = step.ruling_;
      if (!is_answered_so) return refuse("item " + std::to_string(i) + ": " + step.why_);
      state_ = step.state();
    }
    return true;
  }

  Json reason() const {
    return call_.body.is_object() ? call_.body.value("reason", Json()) : Json();
  }

  bool reopen_role_request() {
    auto* found = request();
    if (!found) return false;
    bool done = false;
    const auto* judged = judge(*found, done);
    if (!judged || done) return judged;

    for (auto& other : state_.requests) {
      if (other.requester == found->requester && other.status == "pending")
        other.status = "expired";
    }
    found->status = "pending";
    found->expires_at = call_.answer.value("expiresAt", "");
    found->decision = nullptr;
    found->reopened_by = call_.actor;
    found->escalated = false;
    ++found->version;
    found->history.push_back(
        {{"action", "reopen"}, {"actedBy", person(call_.actor)}, {"reason", reason()}});
    return is_answered(to_json(*found, "pending"), found->version);
  }

  void grant(const std::string& member, const std::string& role, const std::string& at) {
    for (auto& held : state_.memberships) {
      if (held.member != member || !held.removed_at.empty()) continue;
      if (held.role != role) ++held.version;
      held.role = role;
      return escalate_undecidable();
    }
    const auto id = model_.membership_ids_.find({member, at});
    insert(state_.memberships,
           {.id = id == model_.membership_ids_.end() ? "never named, of " + member + " since " + at
                                                     : id->second,
            .member = member,
            .role = role,
            .granted_at = at,
            .removed_at = ""});
    escalate_undecidable();
  }

  void appoint(const std::string& account, const std::string& at) {
    supersede_request_of(account);
    grant(account, security_official, at);
  }

  bool withdraw_role_request() {
    auto* found = request();
    if (!found) return false;
    bool done = false;
    const auto* judged = judge(*found, done);
    if (!judged || done) return judged;
    found->status = "withdrawn";
    ++found->version;
    return is_answered(to_json(*found, found->status), found->version);
  }

  bool list_role_requests() {
    const auto* judged = ruling({{"holds", held_by(call_.actor)}});
    if (!judged || judged->is_refusal()) return judged;
    return is_answered({{"items", pending_requests(call_.answer.value("items", Json::array()))},
                        {"nextCursor", nullptr}});
  }

  // Memberships.

  Json to_json(const Membership& membership) const {
    const bool is_own = membership.member == call_.actor;
    const bool may_remove =
        held_by(call_.actor) == security_official && !is_own && membership.removed_at.empty();
    return {{"id", membership.id},
            {"organizationId", state_.organization},
            {"accountId", membership.member},
            {"name", model_.names_.at(membership.member)},
            {"role", membership.role},
            {"you", is_own},
            {"grantedAt", membership.granted_at},
            {"removedAt", membership.removed_at.empty() ? Json() : Json(membership.removed_at)},
            {"allowedActions", may_remove ? Json{"remove"} : Json::array()}};
  }

  Membership* membership() {
    for (auto& candidate : state_.memberships) {
      if (candidate.id == call_.subject) return &candidate;
    }
    refuse("there is no such membership yet");
    return nullptr;
  }

  testing::Facts facts_of(const Membership& membership) const {
    return {{"holds", held_by(call_.actor)},
            {"caller", membership.member == call_.actor ? "member" : "other"},
            {"membership", membership.removed_at.empty() ? "active" : "removed"},
            {"ifMatch", if_match(membership.version)}};
  }

  bool get_membership() {
    const auto* found = membership();
    if (!found) return false;
    const auto* judged = ruling(facts_of(*found));
    if (!judged || judged->is_refusal()) return judged;
    return is_answered(to_json(*found), found->version);
  }

  bool remove_membership() {
    auto* found = membership();
    if (!found) return false;
    const auto* judged = ruling(facts_of(*found));
    if (!judged || judged->is_refusal()) return judged;

    remove(*found, call_.answer.value("/membership/removedAt"_json_pointer, ""));
    if (state_.officials() == 0) return refuse("no Security Official would be left");
    return is_answered({{"membership", to_json(*found)}, {"organization", card()}}, found->version);
  }

  void remove(Membership& membership, const std::string& at) {
    membership.removed_at = at;
    ++membership.version;
    supersede_request_of(membership.member);
    escalate_undecidable();
  }

  void supersede_request_of(const std::string& account) {
    for (auto& request : state_.requests) {
      if (request.requester == account && request.status == "pending") supersede(request);
    }
  }

  void supersede(RoleRequest& request) const {
    const bool expired =
        can_be_expired(request) &&
        (!can_be_pending(request) || (model_.seen_expired_.contains(request.id) &&
                                      !model_.seen_superseded_.contains(request.id)));
    request.status = expired ? "expired" : "superseded";
    ++request.version;
  }

  // The service center.

  std::string is_agent() const { return model_.agents_.contains(call_.actor) ? "yes" : "no"; }

  std::string tin() const {
    return call_.body.at("taxpayerIdentificationNumber") == std::string(wrong_tin) ? "wrong"
                                                                                   : "right";
  }

  template <class Row>
  static Row* find(std::vector<Row>& rows, const std::string& id) {
    const auto found =
        std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.id == id; });
    return found == rows.end() ? nullptr : &*found;
  }

  // "nothing" of nobody, too.
  std::string held_by_appointed(const std::string& account) const {
    return account.empty() ? "nothing" : held_by(account);
  }

  std::string decides(const RoleRequest& request) const {
    return deciders_of(request) == 0 || request.escalated ? "serviceCenter" : "officials";
  }

  Json to_json(const Proposal& proposal, const std::string& status) const {
    const auto or_null = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
    const auto person_or_null = [&](const std::string& account) {
      return account.empty() ? Json() : person(account);
    };
    const bool is_own = proposal.account == call_.actor || proposal.successor == call_.actor;
    Json actions = Json::array();
    if (status == "pending" && !is_own) {
      if (proposal.proposed_by != call_.actor) actions.push_back("confirm");
      actions.push_back("reject");
    }
    return {{"id", proposal.id},
            {"act", proposal.act},
            {"status", status},
            {"organization", {{"id", state_.organization}}},
            {"person", person(proposal.account)},
            {"membershipId", or_null(proposal.membership)},
            {"successor", person_or_null(proposal.successor)},
            {"roleRequestId", or_null(proposal.request)},
            {"verdict", or_null(proposal.verdict)},
            {"reason", proposal.reason},
            {"proposedBy", person(proposal.proposed_by)},
            {"proposedAt", proposal.proposed_at},
            {"expiresAt", proposal.expires_at},
            {"closedBy", person_or_null(proposal.closed_by)},
            {"closedAt", or_null(proposal.closed_at)},
            {"allowedActions", actions}};
  }

  Proposal* proposal() {
    auto* found = find(state_.proposals, call_.subject);
    if (!found) refuse("there is no such proposal yet");
    return found;
  }

  // By the caller, as far as it is the same for all acts.
  Proposal proposed(const char* act, const std::string& account) const {
    return {.id = call_.answer.value("id", ""),
            .act = act,
            .account = account,
            .reason = call_.body.at("reason"),
            .proposed_by = call_.actor,
            .proposed_at = call_.answer.value("proposedAt", ""),
            .expires_at = call_.answer.value("expiresAt", "")};
  }

  bool add(const Proposal& proposal) {
    insert(state_.proposals, proposal);
    return is_answered(to_json(proposal, "pending"), 1);
  }

  bool propose_removal() {
    const auto* found = membership();
    if (!found) return false;
    const std::string successor = call_.body.value("successorAccountId", "");
    auto facts = facts_of(*found);
    facts.insert(facts.end(), {{"agent", is_agent()},
                               {"tin", tin()},
                               {"successor", successor == call_.actor     ? "caller"
                                             : successor == found->member ? "member"
                                                                          : "other"},
                               {"appointed", held_by_appointed(successor)}});
    const auto* judged = ruling(facts);
    if (!judged || judged->is_refusal()) return judged;
    auto proposal = proposed("removeMembership", found->member);
    proposal.membership = found->id;
    proposal.membership_version = found->version;
    proposal.successor = successor;
    return add(proposal);
  }

  bool propose_appointment() {
    const std::string appointed = call_.body.at("accountId");
    const auto* judged = ruling({{"agent", is_agent()},
                                 {"tin", tin()},
                                 {"caller", appointed == call_.actor ? "appointed" : "other"},
                                 {"appointed", held_by(appointed)}});
    if (!judged || judged->is_refusal()) return judged;
    return add(proposed("appointSecurityOfficial", appointed));
  }

  bool propose_decision() {
    const auto* found = request();
    if (!found) return false;
    for (const auto& status : statuses(*found)) {
      const auto* judged = ruling({{"agent", is_agent()},
                                   {"tin", tin()},
                                   {"caller", caller_of(*found)},
                                   {"request", status},
                                   {"decides", decides(*found)},
                                   {"ifMatch", if_match(found->version)}});
      if (!judged) continue;
      if (judged->is_refusal()) return true;
      auto proposal = proposed("decideRoleRequest", found->requester);
      proposal.request = found->id;
      proposal.verdict = call_.body.at("verdict");
      return add(proposal);
    }
    return false;
  }

  bool get_proposal() {
    const auto* found = proposal();
    if (!found) return false;
    const auto* judged = ruling({{"agent", is_agent()}});
    if (!judged || judged->is_refusal()) return judged;
    const auto possible = statuses(*found);
    return std::any_of(possible.begin(), possible.end(), [&](const std::string& status) {
      return is_answered(to_json(*found, status), found->version);
    });
  }

  // How the proposal is about the caller.
  std::string caller_in(const Proposal& proposal) const {
    if (proposal.successor == call_.actor) return "appointed";
    if (proposal.account != call_.actor) return "other";
    if (proposal.act == "removeMembership") return "member";
    return proposal.act == "decideRoleRequest" ? "requester" : "appointed";
  }

  // What is the case for one who closes the proposal in that status, about a request in that one.
  testing::Facts facts_of(const Proposal& proposal, const std::string& status,
                          const RoleRequest* asked, const std::string& asked_status) {
    const auto* subject = find(state_.memberships, proposal.membership);
    const bool steps_down = asked && proposal.verdict == "approved" && asked->role == staff_user &&
                            held_by(asked->requester) == security_official;
    return {{"agent", is_agent()},
            {"proposedBy", proposal.proposed_by == call_.actor ? "caller" : "other"},
            {"caller", caller_in(proposal)},
            {"proposal", status},
            {"closedBy", proposal.closed_by.empty()          ? "nobody"
                         : proposal.closed_by == call_.actor ? "caller"
                                                             : "other"},
            {"ifMatch", if_match(proposal.version)},
            {"membership", subject && !subject->removed_at.empty() ? "removed" : "active"},
            {"version",
             subject && subject->version != proposal.membership_version ? "passed" : "present"},
            {"appointed",
             held_by_appointed(proposal.act == "appointSecurityOfficial" ? proposal.account
                                                                         : proposal.successor)},
            {"request", asked_status},
            {"decides", asked ? decides(*asked) : "serviceCenter"},
            {"last", steps_down && state_.officials() == 1 ? "yes" : "no"}};
  }

  // The ruling on closing the proposal; `done` when there is nothing more to do.
  const testing::Ruling* judge(const Proposal& proposal, bool& done) {
    done = true;
    const auto* asked = find(state_.requests, proposal.request);
    for (const auto& status : statuses(proposal)) {
      for (const auto& asked_status :
           asked ? statuses(*asked) : std::vector<std::string>{"pending"}) {
        const auto* judged = ruling(facts_of(proposal, status, asked, asked_status));
        if (!judged) continue;
        const bool is_again = judged->outcome == "again";
        if (is_again && !is_answered(to_json(proposal, status), proposal.version)) continue;
        done = judged->is_refusal() || is_again;
        return judged;
      }
    }
    return nullptr;
  }

  bool confirm_proposal() {
    auto* found = proposal();
    if (!found) return false;
    bool done = false;
    const auto* judged = judge(*found, done);
    if (!judged || done) return judged;

    const std::string at = call_.answer.value("closedAt", "");
    if (!found->successor.empty()) appoint(found->successor, at);
    if (found->act == "removeMembership") remove(*find(state_.memberships, found->membership), at);
    if (found->act == "appointSecurityOfficial") appoint(found->account, at);
    if (found->act == "decideRoleRequest") {
      decide(*find(state_.requests, found->request), found->verdict, service_center, at,
             found->reason);
    }
    return close(*found, "confirmed");
  }

  bool reject_proposal() {
    auto* found = proposal();
    if (!found) return false;
    bool done = false;
    const auto* judged = judge(*found, done);
    if (!judged || done) return judged;
    return close(*found, "rejected");
  }

  bool close(Proposal& proposal, const std::string& status) {
    proposal.status = status;
    proposal.closed_by = call_.actor;
    proposal.closed_at = call_.answer.value("closedAt", "");
    ++proposal.version;
    return is_answered(to_json(proposal, status), proposal.version);
  }

  bool list_members() {
    const auto* judged = ruling({{"holds", held_by(call_.actor)}});
    if (!judged || judged->is_refusal()) return judged;
    const std::string search = call_.query.substr(call_.query.find('=') + 1);
    std::vector<std::pair<std::string, const Membership*>> found;
    for (const auto& candidate : state_.memberships) {
      const auto& name = model_.names_.at(candidate.member);
      if (candidate.removed_at.empty() && name.find(search) != std::string::npos) {
        found.emplace_back(name, &candidate);
      }
    }
    std::sort(found.begin(), found.end());
    Json items = Json::array();
    for (const auto& [name, each] : found) {
      items.push_back(to_json(*each));
      items.back()["etag"] = etag_of(each->version);
    }
    return is_answered({{"items", items}, {"nextCursor", nullptr}});
  }

  // Organizations.

  // The card as the caller sees it.
  Json card() const {
    const std::string held = held_by(call_.actor);
    Json card = {{"id", state_.organization},
                 {"yourRole", held},
                 {"clinicianCount", state_.clinicians},
                 {"registrations", registrations()}};
    if (held != security_official) {
      card.update(
          {{"connectedUserCount", nullptr}, {"pendingUserCount", nullptr}, {"advice", nullptr}});
      return card;
    }
    card["connectedUserCount"] =
        std::count_if(state_.memberships.begin(), state_.memberships.end(),
                      [](const Membership& each) { return each.removed_at.empty(); });
    card["pendingUserCount"] = pending_count();
    card["advice"] = state_.officials() == 1 ? Json{"singleSecurityOfficial"} : Json::array();
    return card;
  }

  // What the answer says, as far as the ends of requests in this very moment allow.
  std::int64_t pending_count() const {
    std::int64_t least = 0, most = 0, answered = -1;
    for (const auto& each : state_.requests) {
      most += can_be_pending(each);
      least += can_be_pending(each) && !can_be_expired(each);
    }
    for_each_object(call_.answer, [&](const Json& object) {
      answered = object.value("pendingUserCount", answered);
    });
    return std::clamp(answered, least, most);
  }

  bool get_organization() {
    const auto* judged = ruling({{"holds", held_by(call_.actor)}});
    if (!judged || judged->is_refusal()) return judged;
    return is_answered(card());
  }

  // Registrations.

  bool is_large_enough_for(const std::string& program) const {
    return state_.clinicians >= clinicians_min(program);
  }

  Json to_json(const std::string& program, int year) const {
    const auto found = state_.registrations.find({program, year});
    const auto state = found == state_.registrations.end() ? State::Registration{} : found->second;
    Json actions = Json::array();
    if (held_by(call_.actor) == security_official && year != closed_year) {
      if (state.registered) actions = {"cancel"};
      if (!state.registered && is_large_enough_for(program)) actions = {"register"};
    }
    return {{"program", program},
            {"performanceYear", year},
            {"status", state.registered ? "registered" : "notRegistered"},
            {"etag", etag_of(state.version)},
            {"minimumClinicianCount", clinicians_min(program)},
            {"allowedActions", actions}};
  }

  // Of the year that the answer is about.
  Json registrations() const {
    int year = 0;
    for_each_object(call_.answer,
                    [&](const Json& object) { year = object.value("performanceYear", year); });
    return {to_json("cmsWebInterface", year), to_json("cahpsForMipsSurvey", year)};
  }

  bool change_registration() {
    const int year = call_.body.at("performanceYear");
    auto& registration = state_.registrations[{call_.subject, year}];
    const auto* judged =
        ruling({{"holds", held_by(call_.actor)},
                {"registered", registration.registered ? "yes" : "no"},
                {"program", year == closed_year ? "closed" : "open"},
                {"clinicians", is_large_enough_for(call_.subject) ? "enough" : "tooFew"},
                {"ifMatch", if_match(registration.version)}});
    if (!judged || judged->is_refusal()) return judged;
    if (judged->outcome != "again") {
      registration.registered = judged->outcome == "registered";
      ++registration.version;
    }
    return is_answered(to_json(call_.subject, year), registration.version);
  }

  bool list_registrations() {
    const auto* judged = ruling({{"holds", held_by(call_.actor)}});
    if (!judged || judged->is_refusal()) return judged;
    return is_answered({{"items", registrations()}, {"nextCursor", nullptr}});
  }

  bool check_authorizations() {
    Json results = Json::array();
    for (const Json& check : call_.body.at("checks")) {
      const auto* judged =
          ruling({{"holds", held_by(check["accountId"])}, {"action", check["action"]}});
      if (!judged) return false;
      results.push_back(
          {{"allowed", judged->outcome == "allowedByRole"}, {"reason", judged->outcome}});
    }
    return is_answered({{"results", results}});
  }

  // The part of the answer that is about this organization: see split_by_organization.
  bool get_manage_access() {
    if (!ruling({})) return false;
    const std::string held = held_by(call_.actor);
    Json requests = Json::array();
    for (auto& each : pending_requests(call_.answer.at("pendingRequests"))) {
      if (held == security_official || each["relation"] == "own") requests.push_back(each);
    }
    return is_answered(
        {{"pendingRequests", requests},
         {"organizations", held == "nothing" ? Json::array() : Json::array({card()})}});
  }

  const Model& model_;
  const Call& call_;
  State state_;
  std::string why_;
  const testing::Ruling* ruling_ = nullptr;
};

std::optional<State> Model::apply(const State& state, const Call& call,
                                  Explanation* explanation) const {
  Step step(*this, state, call);
  const bool is_answered_so = step.take();
  if (explanation) *explanation = step.explanation();
  if (!is_answered_so) return std::nullopt;
  return step.state();
}

}  // namespace histories
