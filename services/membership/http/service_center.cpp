#include "membership/http/service_center.hpp"

#include <nlohmann/json.hpp>

#include "membership/http/act.hpp"
#include "membership/http/json.hpp"
#include "membership/http/numbers.hpp"
#include "membership/service_center.hpp"
#include "web/body.hpp"

namespace membership {

web::Response find_service_center_organizations(Service& service, const web::Request& request) {
  const Act act = act_of(service, request, "findServiceCenterOrganizations");
  web::BodyReader body(request);
  const auto tin = read_tin(body);
  body.finish();
  const AccountId agent = caller_of(request);

  return answer_act(service, request, act, [&](Store& store) -> Outcome<web::Response> {
    const auto found = find_service_center_organizations(store, act, agent, tin);
    if (!found) return found.error();
    auto organizations = nlohmann::json::array();
    for (const auto& overview : *found) organizations.push_back(to_json(overview));
    return web::json_response(200, {{"organizations", std::move(organizations)}});
  });
}

}  // namespace membership
