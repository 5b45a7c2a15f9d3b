#include "membership/http/registrations.hpp"

#include "membership/http/act.hpp"
#include "membership/http/json.hpp"
#include "membership/registrations.hpp"
#include "web/body.hpp"

namespace membership {

namespace {

web::Response change(RegistrationAction action, const char* operation,
                     std::optional<std::int64_t> expected_version, Service& service,
                     const web::Request& request) {
  const auto id = web::path_id<OrganizationId>(request, "id");
  const auto program = parse_program(web::path_parameter(request, "program"));
  if (!program) throw web::Problem(web::problems::not_found, "There is nothing at this address.");
  const Act act = act_of(service, request, operation, id.text());
  web::BodyReader body(request);
  const auto year = body.integer("performanceYear", performance_year_min, performance_year_max);
  body.finish();
  const RegistrationChange wanted{.action = action,
                                  .organization = id,
                                  .program = *program,
                                  .performance_year = year,
                                  .changed_by = caller_of(request)};
  return answer_act(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    const auto changed = change_registration(store, act, wanted, expected_version);
    if (!changed) return changed.error();
    return web::to_response(200, to_json(*changed))
        .with("ETag", web::entity_tag(changed->registration.version));
  });
}

}  // namespace

web::Response list_registrations(Service& service, const web::Request& request) {
  const auto id = web::path_id<OrganizationId>(request, "id");
  const Act act = act_of(service, request, "listRegistrations", id.text());
  web::QueryReader query(request);
  const auto year = query.integer("performanceYear", performance_year_min, performance_year_max,
                                  performance_year_at(act.at));
  query.finish();
  const AccountId viewer = caller_of(request);
  return answer_question(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    const auto views = list_registrations(store, id, viewer, year, act.at);
    if (!views) return views.error();
    auto items = web::Json::array();
    for (const auto& view : *views) items.push_back(to_json(view));
    return web::to_response(200, {{"items", items}, {"nextCursor", nullptr}});
  });
}

web::Response register_organization(Service& service, const web::Request& request) {
  return change(RegistrationAction::make, "registerOrganization", web::optional_if_match(request),
                service, request);
}

web::Response cancel_registration(Service& service, const web::Request& request) {
  return change(RegistrationAction::cancel, "cancelRegistration", web::required_if_match(request),
                service, request);
}

}  // namespace membership
