#include "membership/http/role_requests.hpp"

#include <set>

#include <nlohmann/json.hpp>

#include "membership/bulk_decisions.hpp"
#include "membership/http/act.hpp"
#include "membership/http/cursor.hpp"
#include "membership/http/json.hpp"
#include "membership/organizations.hpp"
#include "membership/role_requests.hpp"
#include "membership/service_center.hpp"
#include "web/body.hpp"

namespace membership {

namespace {

constexpr std::size_t reason_characters_max = 500;
constexpr std::size_t search_characters_max = 100;
constexpr std::size_t bulk_max = 100;

web::Response answer_with(const Service& service, int status, const RoleRequestDetails& details,
                          const AccountId& viewer, Timestamp now) {
  return web::to_response(status, to_json(service, details, viewer, now))
      .with("ETag", web::entity_tag(details.request.version));
}

web::Response decide_as(Verdict verdict, const char* operation, Service& service,
                        const web::Request& request) {
  const auto id = web::path_id<RoleRequestId>(request, "id");
  const Act act = act_of(service, request, operation, id.text());
  const auto version = web::optional_if_match(request);
  web::BodyReader body(request);
  const AccountId decider = caller_of(request);
  const Decision decision{.verdict = verdict,
                          .decided_by = decider,
                          .decided_at = act.at,
                          .reason = body.optional_free_text("reason", 0, reason_characters_max)};
  body.finish();

  return answer_act(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    const auto decided = decide_role_request(store, act, id, decision, version);
    if (!decided) return decided.error();
    return answer_with(service, 200, *decided, decider, act.at);
  });
}

web::Response list_organization_role_requests_for(RoleOfViewer role_of, const char* operation,
                                                  Service& service, const web::Request& request) {
  const auto id = web::path_id<OrganizationId>(request, "id");
  const Act act = act_of(service, request, operation, id.text());
  web::QueryReader query(request);
  const RoleRequestFilter filter{
      .status =
          query.choice("status", parse_role_request_status).value_or(RoleRequestStatus::pending),
      .search = query.text("search", search_characters_max).value_or(""),
      .role = query.choice("role", parse_role),
      .requested_after = read_instant(query, "requestedAfter"),
      .requested_before = read_instant(query, "requestedBefore")};
  const std::string list = list_of(service, request);
  const PageQuery page = read_page(query, list);
  query.finish();
  const AccountId viewer = caller_of(request);

  return answer_question(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    const auto role = role_of(store, id, viewer);
    if (!role) return role.error();
    auto found = store.list_role_requests(
        id, filter, act.at, page.after ? RoleRequestId::parse(*page.after) : std::nullopt,
        page.limit + 1);
    if (!found) refuse_cursor(query);

    const bool has_more = found->size() > page.limit;
    if (has_more) found->pop_back();
    auto items = web::Json::array();
    for (const auto& details : *found) {
      items.push_back(
          to_json(details, {viewer, *role}, act.at, service.settings.role_request_reopen_within));
    }
    std::optional<std::string> next;
    if (has_more) next = make_cursor(list, found->back().request.id.text());
    return web::to_response(200, {{"items", items}, {"nextCursor", next}});
  });
}

}  // namespace

web::Response create_role_request(Service& service, const web::Request& request) {
  const Act act = act_of(service, request, "createRoleRequest");
  web::BodyReader body(request);
  const auto organization = body.id<OrganizationId>("organizationId");
  const auto role = body.choice("role", parse_role);
  body.finish();
  const AccountId requester = caller_of(request);

  return answer_act(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    const auto created = create_role_request(store, act, requester, organization, role,
                                             service.settings.role_request_lifetime);
    if (!created) return created.error();
    return answer_with(service, 201, *created, requester, act.at)
        .with("Location", "/v1/role-requests/" + created->request.id.text());
  });
}

web::Response get_role_request(Service& service, const web::Request& request) {
  const auto id = web::path_id<RoleRequestId>(request, "id");
  const Act act = act_of(service, request, "getRoleRequest", id.text());
  const AccountId viewer = caller_of(request);
  return answer_question(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    const auto found = get_role_request(store, id, viewer);
    if (!found) return found.error();
    return web::to_response(
               200, to_json(found->details, {viewer, found->viewer_role}, act.at,
                            service.settings.role_request_reopen_within, to_json(found->history)))
        .with("ETag", web::entity_tag(found->details.request.version));
  });
}

web::Response approve_role_request(Service& service, const web::Request& request) {
  return decide_as(Verdict::approved, "approveRoleRequest", service, request);
}

web::Response deny_role_request(Service& service, const web::Request& request) {
  return decide_as(Verdict::denied, "denyRoleRequest", service, request);
}

web::Response decide_role_requests(Service& service, const web::Request& request) {
  const Act act = act_of(service, request, "decideRoleRequests");
  const AccountId decider = caller_of(request);
  std::set<RoleRequestId> named;
  const auto read = [&](web::BodyReader& item) -> WantedDecision {
    const auto id = item.id<RoleRequestId>("roleRequestId");
    if (!named.insert(id).second) item.fail("roleRequestId", "is named twice");
    return {id,
            {.verdict = item.choice("verdict", parse_verdict),
             .decided_by = decider,
             .decided_at = act.at,
             .reason = item.optional_free_text("reason", 0, reason_characters_max)}};
  };
  web::BodyReader body(request);
  const auto wanted = body.objects("items", 1, bulk_max, read);
  body.finish();

  return answer_act(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    const auto outcomes = decide_role_requests(store, act, wanted);
    auto items = nlohmann::json::array();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      nlohmann::json item = {{"roleRequestId", wanted[i].id.text()}, {"status", 200}};
      if (outcomes[i]) {
        item["roleRequest"] = to_json(service, *outcomes[i], decider, act.at);
      } else {
        Act refused = act;
        refused.subject = wanted[i].id.text();
        record_refusal(store, refused, outcomes[i].error());
        const auto problem = to_problem(service, outcomes[i].error(), decider, act.at);
        item["status"] = problem.type->status;
        item["problem"] = problem;
        item["problem"]["requestId"] = request.id;
      }
      items.push_back(std::move(item));
    }
    return web::json_response(200, {{"items", std::move(items)}});
  });
}

web::Response reopen_role_request(Service& service, const web::Request& request) {
  const auto id = web::path_id<RoleRequestId>(request, "id");
  const Act act = act_of(service, request, "reopenRoleRequest", id.text());
  const auto version = web::optional_if_match(request);
  web::BodyReader body(request);
  const auto reason = body.optional_free_text("reason", 0, reason_characters_max);
  body.finish();
  const AccountId official = caller_of(request);

  return answer_act(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    const auto reopened = reopen_role_request(
        store, act, id, {.reopened_by = official, .reopened_at = act.at}, reason,
        {.within = service.settings.role_request_reopen_within,
         .lifetime = service.settings.role_request_lifetime},
        version);
    if (!reopened) return reopened.error();
    return answer_with(service, 200, *reopened, official, act.at);
  });
}

web::Response withdraw_role_request(Service& service, const web::Request& request) {
  const auto id = web::path_id<RoleRequestId>(request, "id");
  const Act act = act_of(service, request, "withdrawRoleRequest", id.text());
  const auto version = web::optional_if_match(request);
  web::BodyReader(request).finish();
  const AccountId requester = caller_of(request);

  return answer_act(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    const auto withdrawn = withdraw_role_request(store, act, id, requester, version);
    if (!withdrawn) return withdrawn.error();
    return answer_with(service, 200, *withdrawn, requester, act.at);
  });
}

web::Response list_organization_role_requests(Service& service, const web::Request& request) {
  return list_organization_role_requests_for(role_of_security_official,
                                             "listOrganizationRoleRequests", service, request);
}

web::Response list_service_center_role_requests(Service& service, const web::Request& request) {
  return list_organization_role_requests_for(role_of_service_center_agent,
                                             "listServiceCenterRoleRequests", service, request);
}

}  // namespace membership
