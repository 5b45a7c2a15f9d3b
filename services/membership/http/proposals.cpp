#include "membership/http/proposals.hpp"

#include <nlohmann/json.hpp>

#include "membership/http/act.hpp"
#include "membership/http/cursor.hpp"
#include "membership/http/json.hpp"
#include "membership/http/numbers.hpp"
#include "membership/proposals.hpp"
#include "membership/service_center.hpp"
#include "web/body.hpp"

namespace membership {

namespace {

constexpr std::size_t reason_characters_max = 500;

// The fields that every act of an agent has.
AgentCase read_case(const Service& service, const web::Request& request, web::BodyReader& body) {
  AgentCase agent_case{.agent = caller_of(request),
                       .tin = read_tin(body),
                       .reason = body.free_text("reason", 1, reason_characters_max),
                       .case_number = body.text("caseNumber", 1, 64),
                       .dual_control = service.settings.service_center_dual_control,
                       .proposal_lifetime = service.settings.service_center_proposal_lifetime};
  if (agent_case.reason.find_first_not_of(" \t\r\n") == std::string::npos) {
    body.fail("reason", "must say something");
  }
  if (tells(agent_case.reason, agent_case.tin)) {
    body.fail("reason", "must not hold the taxpayer identification number, as emails carry it");
  }
  if (!is_case_number(agent_case.case_number)) {
    body.fail("caseNumber",
              "must be two to six capital letters, a hyphen and four to eight digits");
  }
  return agent_case;
}

web::Response answer_with(int status, const ProposalDetails& details, const AccountId& agent,
                          Timestamp now) {
  return web::json_response(status, to_json(details, agent, now))
      .with("ETag", web::entity_tag(details.proposal.version));
}

web::Response answer_proposal(
    Service& service, const web::Request& request, const Act& act,
    const std::function<Outcome<ProposalDetails>(Store& store)>& propose) {
  return answer_act(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    const auto proposed = propose(store);
    if (!proposed) return proposed.error();
    return answer_with(201, *proposed, caller_of(request), act.at)
        .with("Location", "/v1/service-center/proposals/" + proposed->proposal.id.text());
  });
}

using Close = Outcome<ProposalDetails> (*)(Store&, const Act&, const ProposalId&, const AccountId&,
                                           std::optional<std::int64_t>);

web::Response close_as(Close close, const char* operation, Service& service,
                       const web::Request& request) {
  const auto id = web::path_id<ProposalId>(request, "id");
  const Act act = act_of(service, request, operation, id.text());
  const auto version = web::optional_if_match(request);
  web::BodyReader(request).finish();
  const AccountId agent = caller_of(request);
  return answer_act(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    const auto closed = close(store, act, id, agent, version);
    if (!closed) return closed.error();
    return answer_with(200, *closed, agent, act.at);
  });
}

}  // namespace

web::Response propose_removal(Service& service, const web::Request& request) {
  const auto id = web::path_id<MembershipId>(request, "id");
  const Act act = act_of(service, request, "proposeRemoval", id.text());
  const auto version = web::required_if_match(request);
  web::BodyReader body(request);
  const AgentCase agent_case = read_case(service, request, body);
  std::optional<AccountId> successor;
  if (const auto text = body.optional_text("successorAccountId", 1, 100)) {
    successor = AccountId::parse(*text);
    if (!successor) body.fail("successorAccountId", "is not an id");
  }
  body.finish();
  return answer_proposal(service, request, act, [&](Store& store) {
    return propose_removal(store, act, id, version, successor, agent_case);
  });
}

web::Response propose_appointment(Service& service, const web::Request& request) {
  const auto id = web::path_id<OrganizationId>(request, "id");
  const Act act = act_of(service, request, "proposeAppointment", id.text());
  web::BodyReader body(request);
  const AgentCase agent_case = read_case(service, request, body);
  const auto appointed = body.id<AccountId>("accountId");
  body.finish();
  return answer_proposal(service, request, act, [&](Store& store) {
    return propose_appointment(store, act, id, appointed, agent_case);
  });
}

web::Response propose_decision(Service& service, const web::Request& request) {
  const auto id = web::path_id<RoleRequestId>(request, "id");
  const Act act = act_of(service, request, "proposeDecision", id.text());
  const auto version = web::optional_if_match(request);
  web::BodyReader body(request);
  const AgentCase agent_case = read_case(service, request, body);
  const auto verdict = body.choice("verdict", parse_verdict);
  body.finish();
  return answer_proposal(service, request, act, [&](Store& store) {
    return propose_decision(store, act, id, version, verdict, agent_case);
  });
}

web::Response list_proposals(Service& service, const web::Request& request) {
  const Act act = act_of(service, request, "listProposals");
  web::QueryReader query(request);
  const std::string list = list_of(service, request);
  const PageQuery page = read_page(query, list);
  query.finish();
  const AccountId agent = caller_of(request);

  return answer_question(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    if (const auto refused = refuse_unless_agent(store, agent)) return *refused;
    auto found = store.list_pending_proposals(
        act.at, page.after ? ProposalId::parse(*page.after) : std::nullopt, page.limit + 1);
    if (!found) refuse_cursor(query);

    const bool has_more = found->size() > page.limit;
    if (has_more) found->pop_back();
    auto items = nlohmann::json::array();
    for (const auto& details : *found) items.push_back(to_json(details, agent, act.at));
    nlohmann::json next;
    if (has_more) next = make_cursor(list, found->back().proposal.id.text());
    return web::json_response(200, {{"items", std::move(items)}, {"nextCursor", std::move(next)}});
  });
}

web::Response get_proposal(Service& service, const web::Request& request) {
  const auto id = web::path_id<ProposalId>(request, "id");
  const Act act = act_of(service, request, "getProposal", id.text());
  const AccountId agent = caller_of(request);
  return answer_question(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    const auto found = get_proposal(store, id, agent);
    if (!found) return found.error();
    return answer_with(200, *found, agent, act.at);
  });
}

web::Response confirm_proposal(Service& service, const web::Request& request) {
  return close_as(confirm_proposal, "confirmProposal", service, request);
}

web::Response reject_proposal(Service& service, const web::Request& request) {
  return close_as(reject_proposal, "rejectProposal", service, request);
}

}  // namespace membership
