#include "membership/http/claims.hpp"

#include <nlohmann/json.hpp>

#include "membership/claims.hpp"
#include "membership/http/act.hpp"
#include "membership/http/json.hpp"
#include "membership/http/numbers.hpp"
#include "membership/http/problems.hpp"

namespace membership {

web::Response claim_organization(Service& service, const web::Request& request) {
  const auto id = web::path_id<OrganizationId>(request, "id");
  const Act act = act_of(service, request, "claimOrganization", id.text());
  web::BodyReader body(request);
  const ProofOfPractice proof{
      .tin = read_tin(body), .npi = read_npi(body), .ptan = read_ptan(body)};
  body.finish();
  const AccountId claimant = caller_of(request);
  const Settings& settings = service.settings;
  const ClaimRules rules{.proof_key = settings.proof_key,
                         .account_attempts_max = settings.claims_per_account,
                         .organization_attempts_max = settings.claims_per_organization,
                         .attempts_window = settings.claim_window,
                         .role_request_lifetime = settings.role_request_lifetime};

  return answer_act(
      service, request, act,
      [&](Store& store) -> Outcome<web::Response> {
        const auto claimed = claim_organization(store, act, claimant, id, proof, rules);
        if (!claimed) return claimed.error();
        if (const auto& membership = *claimed) {
          return web::json_response(201,
                                    to_json(*membership, {claimant, membership->membership.role}))
              .with("ETag", web::entity_tag(membership->membership.version))
              .with("Location", "/v1/memberships/" + membership->membership.id.text());
        }
        // The same whatever was wrong.
        return web::json_response(202, {{"status", "pending"}});
      },
      [&](Store& store, const Refused& refused) {
        record_refused_claim(store, act, claimant, id, refused,
                             problem_of(refused.refusal).type->name, rules);
      });
}

}  // namespace membership
