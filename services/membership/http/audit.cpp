#include "membership/http/audit.hpp"

#include <nlohmann/json.hpp>

#include "membership/audit.hpp"
#include "membership/http/act.hpp"
#include "membership/http/cursor.hpp"
#include "membership/organizations.hpp"
#include "membership/service_center.hpp"
#include "web/body.hpp"

namespace membership {

namespace {

using nlohmann::json;

constexpr std::int64_t exported_max = 1'000;
constexpr std::int64_t number_max = 9'007'199'254'740'991;  // as far as every reader of JSON counts

// Agents act for the service center: which of them is told to nobody else.
json actor_to_json(const AuditRowDetails& details) {
  const std::string& actor = details.row.actor;
  json account, name;
  if (vocabulary::is_uuid(actor)) account = actor;
  if (!details.actor_name.empty()) name = details.actor_name;
  const char* kind = account.is_string()                 ? "person"
                     : actor.starts_with(service_center) ? "serviceCenter"
                                                         : "system";
  return {{"kind", kind}, {"accountId", std::move(account)}, {"name", std::move(name)}};
}

json details_to_json(const AuditRow& row) {
  auto details = json::parse(row.details);
  for (const char* hidden : {"reason", "caseNumber"}) details.erase(hidden);
  return details;
}

// AuditEntry.
json to_json(const AuditRowDetails& details) {
  const AuditRow& row = details.row;
  return {{"id", row.id},
          {"number", row.number},
          {"at", vocabulary::to_text(row.at)},
          {"actor", actor_to_json(details)},
          {"operation", row.operation},
          {"subjectId", vocabulary::is_uuid(row.subject) ? json(row.subject) : json(nullptr)},
          {"outcome", row.outcome},
          {"details", details_to_json(row)}};
}

}  // namespace

web::Response list_organization_audit(Service& service, const web::Request& request) {
  const auto id = web::path_id<OrganizationId>(request, "id");
  const Act act = act_of(service, request, "listOrganizationAudit", id.text());
  const std::string list = list_of(service, request);
  web::QueryReader query(request);
  const PageQuery page = read_page(query, list);
  query.finish();
  const AccountId viewer = caller_of(request);

  return answer_question(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    const auto role = role_of_security_official(store, id, viewer);
    if (!role) return role.error();
    auto found = store.list_newest_audit(id, page.after, page.limit + 1);
    if (!found) refuse_cursor(query);

    const bool has_more = found->size() > page.limit;
    if (has_more) found->pop_back();
    auto items = json::array();
    for (const auto& details : *found) items.push_back(to_json(details));
    json next;
    if (has_more) next = make_cursor(list, found->back().row.id);
    return web::json_response(200, {{"items", std::move(items)}, {"nextCursor", std::move(next)}});
  });
}

web::Response export_service_center_audit(Service& service, const web::Request& request) {
  const auto id = web::path_id<OrganizationId>(request, "id");
  const Act act = act_of(service, request, "exportServiceCenterAudit", id.text());
  web::QueryReader query(request);
  const auto after = query.integer("after", 0, number_max, 0);
  const auto limit = query.integer("limit", 1, exported_max, exported_max);
  query.finish();
  const AccountId viewer = caller_of(request);

  return answer_question(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    const auto role = role_of_service_center_agent(store, id, viewer);
    if (!role) return role.error();
    std::string lines;
    for (const auto& row : store.list_audit(id.text(), after, static_cast<std::size_t>(limit))) {
      lines += to_line(row);
    }
    return web::Response{200, "application/x-ndjson", std::move(lines)};
  });
}

}  // namespace membership
