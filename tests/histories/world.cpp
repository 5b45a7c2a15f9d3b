#include "histories/world.hpp"

#include <algorithm>
#include <array>
#include <barrier>
#include <chrono>
#include <mutex>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "vocabulary/id.hpp"

namespace histories {

namespace {

using testing::Client;
using testing::Headers;

struct RoleRequestSeen {
  std::string id;
  std::string organization;
  std::string etag;
  bool denied;
};

struct MembershipSeen {
  std::string id;
  std::string organization;
  std::string etag;
};

struct ProposalSeen {
  std::string id;
  std::string organization;
  std::string etag;
};

/// What the clients of a world have been told so far. They share it, so that they meet at the same
/// things. Not what they hear of other worlds. Shared by threads.
class Board {
 public:
  explicit Board(const World& world) {
    for (const auto& organization : world.organizations) {
      organizations_.insert(organization.id);
      for (const auto& official : organization.officials) {
        put(memberships_, {official.membership_id, organization.id, "\"1\""});
      }
    }
  }

  void read(const Call& call) {
    const std::lock_guard lock(mutex_);
    read(call.answer, call.etag);
    if (!call.idempotency_key.empty()) keyed_.push_back(call);
  }

  template <class Random>
  std::optional<RoleRequestSeen> any_role_request(Random& random) {
    return recent(requests_, random);
  }
  template <class Random>
  std::optional<RoleRequestSeen> any_denied_role_request(Random& random) {
    const std::lock_guard lock(mutex_);
    std::vector<const RoleRequestSeen*> denied;
    for (const auto& request : requests_) {
      if (request.denied) denied.push_back(&request);
    }
    if (denied.empty()) return std::nullopt;
    return *denied[random() % denied.size()];
  }
  template <class Random>
  std::optional<MembershipSeen> any_membership(Random& random) {
    return recent(memberships_, random);
  }
  template <class Random>
  std::optional<ProposalSeen> any_proposal(Random& random) {
    return recent(proposals_, random);
  }
  template <class Random>
  std::optional<Call> any_keyed_call(Random& random, const std::string& actor) {
    const std::lock_guard lock(mutex_);
    std::vector<const Call*> own;
    for (const auto& call : keyed_) {
      if (call.actor == actor) own.push_back(&call);
    }
    if (own.empty()) return std::nullopt;
    return *own[random() % own.size()];
  }

 private:
  void read(const Json& json, const std::string& etag) {
    if (json.is_object() && json.contains("requestedAt")) {
      put(requests_,
          {json["id"], json["organization"]["id"], etag, json.value("status", "") == "denied"});
    } else if (json.is_object() && json.contains("grantedAt")) {
      put(memberships_, {json["id"], json["organizationId"], json.value("etag", etag)});
    } else if (json.is_object() && json.contains("proposedAt")) {
      put(proposals_, {json["id"], json["organization"]["id"], etag});
    } else if (json.is_structured()) {
      for (const Json& part : json) read(part, etag);
    }
  }

  template <class Seen>
  void put(std::vector<Seen>& all, Seen seen) {
    if (!organizations_.contains(seen.organization)) return;
    const auto known =
        std::find_if(all.begin(), all.end(), [&](const Seen& each) { return each.id == seen.id; });
    if (known == all.end()) {
      all.push_back(std::move(seen));
    } else {
      if (seen.etag.empty()) seen.etag = known->etag;
      *known = std::move(seen);
    }
  }

  // Mostly one of the last few: old ones are settled.
  template <class Seen, class Random>
  std::optional<Seen> recent(const std::vector<Seen>& all, Random& random) {
    const std::lock_guard lock(mutex_);
    if (all.empty()) return std::nullopt;
    const std::size_t choice =
        random() % 4 == 0 ? all.size() : std::min<std::size_t>(all.size(), 4);
    return all[all.size() - 1 - random() % choice];
  }

  std::mutex mutex_;
  std::set<std::string> organizations_;
  std::vector<RoleRequestSeen> requests_;
  std::vector<MembershipSeen> memberships_;
  std::vector<ProposalSeen> proposals_;
  std::vector<Call> keyed_;
};

using Random = std::mt19937_64;

/// What a client knows when it thinks of its next call.
struct Thought {
  const World& world;
  Board& board;
  Random& random;

  bool one_in(unsigned n) { return random() % n == 0; }
  const std::string& organization() {
    return world.organizations[random() % world.organizations.size()].id;
  }
  const std::string& person() { return world.people[random() % world.people.size()].account_id; }
};

// Thinkers fill in what they call; false when they do not know enough for that.

bool think_of_creating(Thought& thought, Call& call) {
  call.organization = thought.organization();
  call.body = {{"organizationId", call.organization},
               {"role", thought.one_in(2) ? "staffUser" : "securityOfficial"}};
  return true;
}

bool think_of_claiming(Thought& thought, Call& call) {
  // Only answers tell when such a request ends: that must not be soon.
  if (thought.world.terms.lifetime < std::chrono::hours(1)) return false;
  const auto& organizations = thought.world.organizations;
  const auto& organization = organizations[thought.random() % organizations.size()];
  call.organization = organization.id;
  call.body = {{"taxpayerIdentificationNumber", organization.tin},
               {"nationalProviderIdentifier", npi_on_record},
               {"providerTransactionAccessNumber", thought.one_in(2) ? ptan_on_record : "WRONG1"}};
  return true;
}

bool think_of_role_request(Thought& thought, Call& call) {
  const auto seen = thought.board.any_role_request(thought.random);
  if (!seen) return false;
  call.organization = seen->organization;
  call.subject = seen->id;
  return true;
}

bool think_of_withdrawing(Thought& thought, Call& call) {
  if (!think_of_role_request(thought, call)) return false;
  if (thought.one_in(5)) call.if_match = thought.one_in(2) ? "\"1\"" : "\"2\"";
  return true;
}

bool think_of_deciding(Thought& thought, Call& call) {
  if (!think_of_withdrawing(thought, call)) return false;
  if (thought.one_in(3)) call.body = {{"reason", "reason " + std::to_string(thought.random() % 3)}};
  return true;
}

// Often of one that was denied a while ago: by now its requester may have asked again, or be in.
bool think_of_reopening(Thought& thought, Call& call) {
  if (!think_of_deciding(thought, call)) return false;
  const auto denied =
      thought.one_in(2) ? thought.board.any_denied_role_request(thought.random) : std::nullopt;
  if (denied) {
    call.organization = denied->organization;
    call.subject = denied->id;
  }
  return true;
}

bool think_of_membership(Thought& thought, Call& call) {
  const auto seen = thought.board.any_membership(thought.random);
  if (!seen) return false;
  call.organization = seen->organization;
  call.subject = seen->id;
  call.if_match = seen->etag.empty() || thought.one_in(6) ? "*" : seen->etag;
  return true;
}

bool think_of_seeing_membership(Thought& thought, Call& call) {
  const bool known = think_of_membership(thought, call);
  call.if_match.clear();
  return known;
}

bool think_of_removing(Thought& thought, Call& call) {
  if (!think_of_membership(thought, call)) return false;
  if (thought.one_in(3)) call.body = {{"reason", "left"}};
  return true;
}

bool think_of_organization(Thought& thought, Call& call) {
  call.organization = thought.organization();
  return true;
}

int present_year() {
  using namespace std::chrono;
  return static_cast<int>(year_month_day(floor<days>(system_clock::now())).year());
}

bool think_of_registration(Thought& thought, Call& call) {
  call.organization = thought.organization();
  call.subject = thought.one_in(2) ? "cmsWebInterface" : "cahpsForMipsSurvey";
  call.body = {{"performanceYear", thought.one_in(4) ? closed_year : present_year()}};
  if (thought.one_in(4)) call.if_match = '"' + std::to_string(thought.random() % 4) + '"';
  return true;
}

bool think_of_cancelling(Thought& thought, Call& call) {
  think_of_registration(thought, call);
  if (call.if_match.empty()) call.if_match = "*";
  return true;
}

bool think_of_members(Thought& thought, Call& call) {
  call.organization = thought.organization();
  if (thought.one_in(4)) call.query = "search=" + std::to_string(thought.random() % 10);
  return true;
}

bool think_of_everything(Thought&, Call&) {
  return true;
}

bool think_of_checking(Thought& thought, Call& call) {
  call.actor = "a-partner";
  call.organization = thought.organization();
  const std::array actions = {"viewUsers",  "manageAccess",  "editRegistrations", "viewInformation",
                              "submitData", "completeOptIn", "viewFeedback"};
  Json checks = Json::array();
  for (const auto& person : thought.world.people) {
    checks.push_back({{"accountId", person.account_id},
                      {"organizationId", call.organization},
                      {"action", actions[thought.random() % actions.size()]}});
  }
  call.body = {{"checks", checks}};
  return true;
}

bool think_of_deciding_many(Thought& thought, Call& call) {
  if (!think_of_role_request(thought, call)) return false;
  std::set<std::string> chosen{std::exchange(call.subject, "")};
  for (int i = 0; i < 3; ++i) {
    const auto seen = thought.board.any_role_request(thought.random);
    if (seen->organization == call.organization) chosen.insert(seen->id);
  }
  Json items = Json::array();
  for (const auto& id : chosen) {
    items.push_back(
        {{"roleRequestId", id}, {"verdict", thought.one_in(3) ? "denied" : "approved"}});
    if (thought.one_in(3)) items.back()["reason"] = "one of many";
  }
  call.body = {{"items", items}};
  return true;
}

bool is_agent(const World& world, const std::string& account) {
  return std::any_of(world.people.begin(), world.people.end(), [&](const Person& person) {
    return person.account_id == account && person.is_agent;
  });
}

// Others try, too, now and then.
bool acts_as_agent(Thought& thought, const Call& call) {
  return is_agent(thought.world, call.actor) || thought.one_in(20);
}

Json case_at(Thought& thought, const std::string& organization) {
  const auto& all = thought.world.organizations;
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Imported& each) { return each.id == organization; });
  return {{"taxpayerIdentificationNumber", thought.one_in(10) ? wrong_tin : found->tin},
          {"reason", "case " + std::to_string(thought.random() % 3)},
          {"caseNumber", "QPP-0004711"}};
}

bool think_of_proposing_removal(Thought& thought, Call& call) {
  if (!acts_as_agent(thought, call) || !think_of_membership(thought, call)) return false;
  call.body = case_at(thought, call.organization);
  if (thought.one_in(2)) call.body["successorAccountId"] = thought.person();
  return true;
}

bool think_of_proposing_appointment(Thought& thought, Call& call) {
  if (!acts_as_agent(thought, call)) return false;
  call.organization = thought.organization();
  call.body = case_at(thought, call.organization);
  call.body["accountId"] = thought.person();
  return true;
}

bool think_of_proposing_decision(Thought& thought, Call& call) {
  if (!acts_as_agent(thought, call) || !think_of_withdrawing(thought, call)) return false;
  call.body = case_at(thought, call.organization);
  call.body["verdict"] = thought.one_in(3) ? "denied" : "approved";
  return true;
}

bool think_of_proposal(Thought& thought, Call& call) {
  if (!acts_as_agent(thought, call)) return false;
  const auto seen = thought.board.any_proposal(thought.random);
  if (!seen) return false;
  call.organization = seen->organization;
  call.subject = seen->id;
  return true;
}

bool think_of_closing_proposal(Thought& thought, Call& call) {
  if (!think_of_proposal(thought, call)) return false;
  if (thought.one_in(5)) call.if_match = thought.one_in(2) ? "\"1\"" : "\"2\"";
  return true;
}

struct Operation {
  const char* id;
  unsigned weight;
  bool (*think)(Thought&, Call&);
  const char* method;
  const char* path;  // {organization}, {subject} and {query} are put in
};

constexpr Operation operations[] = {
    {"createRoleRequest", 22, think_of_creating, "POST", "/v1/role-requests"},
    {"claimOrganization", 4, think_of_claiming, "POST", "/v1/organizations/{organization}/claim"},
    {"approveRoleRequest", 18, think_of_deciding, "POST", "/v1/role-requests/{subject}/approve"},
    {"denyRoleRequest", 8, think_of_deciding, "POST", "/v1/role-requests/{subject}/deny"},
    {"withdrawRoleRequest", 8, think_of_withdrawing, "POST",
     "/v1/role-requests/{subject}/withdraw"},
    {"reopenRoleRequest", 8, think_of_reopening, "POST", "/v1/role-requests/{subject}/reopen"},
    {"removeMembership", 12, think_of_removing, "POST", "/v1/memberships/{subject}/remove"},
    {"getRoleRequest", 5, think_of_role_request, "GET", "/v1/role-requests/{subject}"},
    {"getMembership", 7, think_of_seeing_membership, "GET", "/v1/memberships/{subject}"},
    {"getOrganization", 4, think_of_organization, "GET", "/v1/organizations/{organization}"},
    {"listMembers", 8, think_of_members, "GET",
     "/v1/organizations/{organization}/members?limit=200{query}"},
    {"listOrganizationRoleRequests", 6, think_of_organization, "GET",
     "/v1/organizations/{organization}/role-requests?limit=200"},
    {"getManageAccess", 6, think_of_everything, "GET", "/v1/manage-access"},
    {"checkAuthorizations", 4, think_of_checking, "POST", "/v1/authorization-checks"},
    {"registerOrganization", 7, think_of_registration, "POST",
     "/v1/organizations/{organization}/registrations/{subject}/register"},
    {"cancelRegistration", 7, think_of_cancelling, "POST",
     "/v1/organizations/{organization}/registrations/{subject}/cancel"},
    {"listRegistrations", 2, think_of_organization, "GET",
     "/v1/organizations/{organization}/registrations"},
    {"decideRoleRequests", 5, think_of_deciding_many, "POST", "/v1/role-requests/decide"},
    {"proposeRemoval", 8, think_of_proposing_removal, "POST",
     "/v1/service-center/memberships/{subject}/remove"},
    {"proposeAppointment", 4, think_of_proposing_appointment, "POST",
     "/v1/service-center/organizations/{organization}/appoint"},
    {"proposeDecision", 10, think_of_proposing_decision, "POST",
     "/v1/service-center/role-requests/{subject}/decide"},
    {"getProposal", 3, think_of_proposal, "GET", "/v1/service-center/proposals/{subject}"},
    {"confirmProposal", 16, think_of_closing_proposal, "POST",
     "/v1/service-center/proposals/{subject}/confirm"},
    {"rejectProposal", 4, think_of_closing_proposal, "POST",
     "/v1/service-center/proposals/{subject}/reject"},
};

const Operation& operation_of(const std::string& id) {
  return *std::find_if(std::begin(operations), std::end(operations),
                       [&](const Operation& each) { return each.id == id; });
}

const Operation& any_operation(Random& random) {
  static const unsigned total = [] {
    unsigned sum = 0;
    for (const auto& operation : operations) sum += operation.weight;
    return sum;
  }();
  unsigned left = static_cast<unsigned>(random() % total);
  for (const auto& operation : operations) {
    if (left < operation.weight) return operation;
    left -= operation.weight;
  }
  throw std::logic_error("weights");
}

std::string replace(std::string text, const std::string& what, const std::string& with) {
  const auto place = text.find(what);
  return place == text.npos ? text : text.replace(place, what.size(), with);
}

void ask_otherwise(Call& call) {
  if (call.operation == "createRoleRequest") {
    call.body["role"] = call.body["role"] == "staffUser" ? "securityOfficial" : "staffUser";
  } else if (call.operation == "claimOrganization") {
    call.body["providerTransactionAccessNumber"] = "WRONG2";
  } else if (call.operation == "decideRoleRequests") {
    call.body["items"][0]["reason"] = "another";
  } else if (call.operation.starts_with("propose")) {
    call.body["reason"] = "another";
  } else if (call.body.is_object() && call.body.contains("performanceYear")) {
    const bool is_closed = call.body["performanceYear"] == closed_year;
    call.body["performanceYear"] = is_closed ? present_year() : closed_year;
  } else if (call.operation != "withdrawRoleRequest" && !call.operation.ends_with("Proposal")) {
    call.body = {{"reason", "another"}};
  }
}

Call think(Thought& thought, const std::string& actor) {
  if (thought.one_in(20)) {
    // The same once more, or another thing under the same key.
    auto again = thought.board.any_keyed_call(thought.random, actor);
    if (again) {
      if (thought.one_in(4)) ask_otherwise(*again);
      again->etag.clear();
      return *std::move(again);
    }
  }
  for (;;) {
    const auto& operation = any_operation(thought.random);
    Call call;
    call.operation = operation.id;
    call.actor = actor;
    if (!operation.think(thought, call)) continue;
    const bool acts = operation.method == std::string("POST") && call.actor == actor;
    if (acts && thought.one_in(3)) {
      call.idempotency_key = vocabulary::new_uuid();
    }
    return call;
  }
}

template <class Clock, class Unit>
std::int64_t ticks() {
  return std::chrono::duration_cast<Unit>(Clock::now().time_since_epoch()).count();
}

void perform(Call& call, const std::string& token, Client& connection) {
  const auto& operation = operation_of(call.operation);
  std::string path = replace(operation.path, "{organization}", call.organization);
  path = replace(path, "{subject}", call.subject);
  path = replace(path, "{query}", call.query.empty() ? "" : "&" + call.query);
  Headers headers{{"Authorization", "Bearer " + token}};
  if (!call.if_match.empty()) headers.emplace_back("If-Match", call.if_match);
  if (!call.idempotency_key.empty()) headers.emplace_back("Idempotency-Key", call.idempotency_key);

  using std::chrono::milliseconds, std::chrono::nanoseconds;
  call.wall.invoked = ticks<std::chrono::system_clock, milliseconds>();
  call.span.invoked = ticks<std::chrono::steady_clock, nanoseconds>();
  const auto answer =
      connection.send(operation.method, path, call.body.is_null() ? "" : call.body.dump(), headers);
  call.span.returned = ticks<std::chrono::steady_clock, nanoseconds>();
  call.wall.returned = ticks<std::chrono::system_clock, milliseconds>();
  call.status = answer.status;
  call.answer = answer.body();
  call.etag = answer.header("etag");
  call.replayed = answer.header("idempotency-replayed") == "true";
}

// The calls as one organization sees them. What an answer tells of several is told to each.
std::vector<Call> seen_by(const std::string& organization, const std::vector<Call>& history) {
  std::vector<Call> calls;
  for (const Call& call : history) {
    if (call.operation != "getManageAccess") {
      if (call.organization == organization) calls.push_back(call);
      continue;
    }
    Call part = call;
    part.organization = organization;
    Json requests = Json::array(), cards = Json::array();
    for (const Json& request : call.answer.at("pendingRequests")) {
      if (request["organization"]["id"] == organization) requests.push_back(request);
    }
    for (const Json& card : call.answer.at("organizations")) {
      if (card["id"] == organization) cards.push_back(card);
    }
    part.answer = {{"pendingRequests", requests}, {"organizations", cards}};
    calls.push_back(std::move(part));
  }
  return calls;
}

// What must hold within one answer, whatever the state.
std::string fault_within(const Call& call) {
  if (call.status >= 500 || call.status == 429) return "was not answered: " + call.answer.dump();
  if (call.operation != "getManageAccess") return "";
  const auto& answer = call.answer;
  if (answer["pendingRequestCount"] != answer["pendingRequests"].size() ||
      answer["organizationCount"] != answer["organizations"].size() ||
      answer["organizationCountByType"]["practice"] != answer["organizations"].size()) {
    return "counts other than it lists: " + answer.dump();
  }
  return "";
}

State initial_state(const Imported& organization) {
  State state;
  state.organization = organization.id;
  state.clinicians = organization.clinicians;
  state.registrations[{"cahpsForMipsSurvey", closed_year}] = {.registered = true, .version = 1};
  for (const auto& official : organization.officials) {
    state.memberships.push_back({.id = official.membership_id,
                                 .member = official.account_id,
                                 .role = "securityOfficial",
                                 .granted_at = official.granted_at,
                                 .removed_at = ""});
  }
  std::sort(state.memberships.begin(), state.memberships.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  return state;
}

Linearization linearize(const Model& model, const State& initial, const std::vector<Call>& calls,
                        std::size_t tries_max = 1'000'000) {
  return linearize(
      calls, initial, [](const Call& call) { return call.span; },
      [&](const State& state, const Call& call) { return model.apply(state, call); },
      [](const State& state) { return state.key(); },
      [](const Call& call) { return call.only_reads(); }, tries_max);
}

// Whether it can be shown quickly that no order fits.
bool is_quickly_refused(const Model& model, const State& initial, const std::vector<Call>& calls) {
  try {
    return !linearize(model, initial, calls, 20'000).complete;
  } catch (const std::runtime_error&) {
    return false;
  }
}

// The calls that nothing fits, each with why not after those that do.
std::string describe(const Model& model, State state, const std::vector<Call>& calls,
                     const Linearization& found) {
  std::ostringstream text;
  text << "in an order that fits, as far as one goes:\n";
  std::vector<bool> fits(calls.size());
  for (const std::size_t i : found.order) {
    fits[i] = true;
    text << "  " << to_text(calls[i]) << '\n';
    state = model.apply(state, calls[i]).value();
  }
  text << "then none of these, in the order of their invocation:\n";
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (fits[i]) continue;
    Model::Explanation why;
    const bool alone = model.apply(state, calls[i], &why).has_value();
    text << "  " << to_text(calls[i]) << "\n      " << (alone ? "would fit here" : why.fault)
         << '\n';
  }
  return text.str();
}

// The same for as few calls as do not fit.
std::string describe_least(const Model& model, const State& initial,
                           const std::vector<Call>& calls) {
  const auto kept = minimize(
      calls, [&](const auto& fewer) { return is_quickly_refused(model, initial, fewer); },
      [](const Call& call) {
        return !call.succeeded() || operation_of(call.operation).method == std::string("GET");
      });
  std::string text = "organization " + initial.organization + ", Security Officials at first:\n";
  for (const auto& each : initial.memberships) {
    text += "  " + each.member + " by membership " + each.id + '\n';
  }
  return text + describe(model, initial, kept, linearize(model, initial, kept));
}

}  // namespace

std::vector<Call> play(const World& world, std::vector<Client>& connections) {
  Board board(world);
  std::vector<std::vector<Call>> by_client(world.clients);
  std::vector<std::exception_ptr> failures(world.clients);
  std::barrier start(static_cast<std::ptrdiff_t>(world.clients));
  const auto act = [&](std::size_t client) {
    Random random(world.seed + 1'000'003 * client);
    Thought thought{.world = world, .board = board, .random = random};
    for (std::size_t i = 0; i < world.calls_per_client; ++i) {
      const auto& person = world.people[world.clients == 1 ? random() % world.people.size()
                                                           : client % world.people.size()];
      Call call = think(thought, person.account_id);
      call.client = static_cast<int>(client);
      const bool is_own = call.actor == person.account_id;
      perform(call, is_own ? person.token : world.partner_token, connections[client]);
      board.read(call);
      by_client[client].push_back(std::move(call));
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t client = 0; client < world.clients; ++client) {
      threads.emplace_back([&, client] {
        start.arrive_and_wait();
        try {
          act(client);
        } catch (...) {
          failures[client] = std::current_exception();
        }
      });
    }
  }
  for (const auto& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }

  std::vector<Call> history;
  for (auto& calls : by_client) {
    std::move(calls.begin(), calls.end(), std::back_inserter(history));
  }
  std::sort(history.begin(), history.end(),
            [](const Call& a, const Call& b) { return a.span.invoked < b.span.invoked; });
  const auto begun = history.front().span.invoked;
  for (Call& call : history) {
    call.span.invoked -= begun;
    call.span.returned -= begun;
  }
  return history;
}

Verdict judge(const World& world, const std::vector<Call>& history) {
  Verdict verdict;
  for (const Call& call : history) {
    const auto fault = fault_within(call);
    if (!fault.empty()) return {to_text(call) + "\n" + fault, {}};
  }
  std::map<std::string, std::string> names;
  std::set<std::string> agents;
  for (const auto& person : world.people) {
    names[person.account_id] = person.name;
    if (person.is_agent) agents.insert(person.account_id);
  }
  const Model model(names, agents, world.terms, history);
  for (const auto& organization : world.organizations) {
    const auto calls = seen_by(organization.id, history);
    State state = initial_state(organization);
    const auto found = linearize(model, state, calls);
    if (!found.complete) return {describe_least(model, state, calls), {}};
    for (const std::size_t i : found.order) {
      Model::Explanation explanation;
      state = model.apply(state, calls[i], &explanation).value();
      verdict.rulings.insert(explanation.ruling);
    }
  }
  return verdict;
}

}  // namespace histories
