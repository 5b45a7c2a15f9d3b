#include "membership/http/organizations.hpp"

#include "membership/http/act.hpp"
#include "membership/http/json.hpp"
#include "membership/http/problems.hpp"
#include "membership/organizations.hpp"
#include "web/body.hpp"
#include "web/idempotency.hpp"

namespace membership {

namespace {

constexpr std::size_t identifier_characters_max = 64;
constexpr std::int64_t searches_per_hour = 30;

web::Response refuse_searches_until(Timestamp next_window, Timestamp now) {
  web::Problem problem(web::problems::too_many_requests,
                       "You have searched too often; try again later.");
  const auto wait = std::chrono::ceil<std::chrono::seconds>(next_window - now);
  problem.retry_after_seconds = std::max(1, static_cast<int>(wait.count()));
  return web::to_response(problem);
}

}  // namespace

web::Response get_manage_access(Service& service, const web::Request& request) {
  web::QueryReader query(request);
  const auto type = query.choice("organizationType", parse_organization_type);
  query.finish();
  const AccountId viewer = caller_of(request);
  const Timestamp now = service.clock();

  const auto access = service.database.read([&](database::Transaction& transaction) {
    Store store(transaction);
    return get_manage_access(store, viewer, type, now);
  });
  auto requests = web::Json::array();
  for (const auto& details : access.pending.requests) {
    requests.push_back(to_json(service, details, viewer, now));
  }
  auto organizations = web::Json::array();
  for (const auto& card : access.organizations) organizations.push_back(to_json(card));
  std::int64_t organization_count = 0;
  for (const auto& [counted_type, count] : access.organization_counts) {
    organization_count += count;
  }
  return web::to_response(200, {{"name", access.name},
                                {"organizationCount", organization_count},
                                {"organizationCountByType", to_json(access.organization_counts)},
                                {"organizations", organizations},
                                {"pendingRequestCount", access.pending.count},
                                {"pendingRequests", requests}});
}

web::Response find_organization(Service& service, const web::Request& request) {
  web::BodyReader body(request);
  const auto type = body.choice("type", parse_organization_type);
  const std::string identifier = body.text("identifier", 1, identifier_characters_max);
  if (!is_identifier(type, identifier)) body.fail("identifier", "is not of this type's form");
  body.finish();
  const AccountId caller = caller_of(request);
  const Timestamp now = service.clock();

  return web::act_once(
      service.database, request, now,
      [&](database::Transaction& transaction) {
        Store store(transaction);
        const auto searches = store.count_search(caller, now);
        if (searches.count > searches_per_hour) {
          return refuse_searches_until(searches.window_over_at, now);
        }
        const auto found = store.find_organization(type, identifier);
        if (!found) return web::to_response(problem_of(Refusal::organization_not_found));
        return web::to_response(200, {{"organization", name_to_json(*found)}});
      },
      [&](database::Transaction& transaction, const web::Response& response) {
        // A miss counts like a hit.
        if (response.status == 404) Store(transaction).count_search(caller, now);
      });
}

web::Response get_organization(Service& service, const web::Request& request) {
  const auto id = web::path_id<OrganizationId>(request, "id");
  const Act act = act_of(service, request, "getOrganization", id.text());
  const AccountId viewer = caller_of(request);
  return answer_question(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    const auto card = get_organization(store, id, viewer, act.at);
    if (!card) return card.error();
    return web::to_response(200, to_json(*card))
        .with("ETag", web::entity_tag(card->organization.version));
  });
}

}  // namespace membership
