#include "membership/http/memberships.hpp"

#include "membership/http/act.hpp"
#include "membership/http/cursor.hpp"
#include "membership/http/json.hpp"
#include "membership/memberships.hpp"
#include "membership/organizations.hpp"
#include "membership/service_center.hpp"
#include "vocabulary/text.hpp"
#include "web/body.hpp"

namespace membership {

namespace {

constexpr std::size_t search_characters_max = 100;
constexpr std::size_t reason_characters_max = 500;

web::Response list_members_for(RoleOfViewer role_of, const char* operation, Service& service,
                               const web::Request& request) {
  const auto id = web::path_id<OrganizationId>(request, "id");
  const Act act = act_of(service, request, operation, id.text());
  web::QueryReader query(request);
  const MemberFilter filter{.search = query.text("search", search_characters_max).value_or(""),
                            .role = query.choice("role", parse_role),
                            .granted_after = read_instant(query, "grantedAfter"),
                            .granted_before = read_instant(query, "grantedBefore")};
  const std::string list = list_of(service, request);
  const PageQuery page = read_page(query, list);
  query.finish();
  const AccountId viewer = caller_of(request);

  return answer_question(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    const auto role = role_of(store, id, viewer);
    if (!role) return role.error();
    Store::MemberPosition after;
    if (page.after) {
      const auto position = store.find_position(id, MembershipId::parse(*page.after).value());
      if (!position || page.mark != mark_of(list, position->name_key)) refuse_cursor(query);
      after = position.value();
    }
    auto found = store.list_members(id, filter, after, page.limit + 1);

    const bool has_more = found.size() > page.limit;
    if (has_more) found.pop_back();
    auto items = web::Json::array();
    for (const auto& details : found) {
      items.push_back(
          to_json(details, {viewer, *role}, web::entity_tag(details.membership.version)));
    }
    std::optional<std::string> next;
    if (has_more) {
      const auto& last = found.back();
      next = make_cursor(list, last.membership.id.text(),
                         mark_of(list, vocabulary::fold_case(last.member_name)));
    }
    return web::to_response(200, {{"items", items}, {"nextCursor", next}});
  });
}

}  // namespace

web::Response list_members(Service& service, const web::Request& request) {
  return list_members_for(role_of_security_official, "listMembers", service, request);
}

web::Response list_service_center_members(Service& service, const web::Request& request) {
  return list_members_for(role_of_service_center_agent, "listServiceCenterMembers", service,
                          request);
}

web::Response get_membership(Service& service, const web::Request& request) {
  const auto id = web::path_id<MembershipId>(request, "id");
  const Act act = act_of(service, request, "getMembership", id.text());
  const AccountId viewer = caller_of(request);
  return answer_question(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    const auto found = get_membership(store, id, viewer);
    if (!found) return found.error();
    return web::to_response(200, to_json(found->details, {viewer, found->viewer_role}))
        .with("ETag", web::entity_tag(found->details.membership.version));
  });
}

web::Response remove_membership(Service& service, const web::Request& request) {
  const auto id = web::path_id<MembershipId>(request, "id");
  const Act act = act_of(service, request, "removeMembership", id.text());
  const auto version = web::required_if_match(request);
  web::BodyReader body(request);
  const AccountId remover = caller_of(request);
  const Removal removal{.removed_by = remover,
                        .removed_at = act.at,
                        .reason = body.optional_free_text("reason", 0, reason_characters_max)};
  body.finish();

  return answer_act(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    const auto removed = remove_membership(store, act, id, removal, version);
    if (!removed) return removed.error();
    return web::to_response(
               200, {{"membership",
                      to_json(removed->details, {remover, removed->organization.your_role})},
                     {"organization", to_json(removed->organization)}})
        .with("ETag", web::entity_tag(removed->details.membership.version));
  });
}

}  // namespace membership
