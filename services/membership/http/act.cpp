#include "membership/http/act.hpp"

#include <optional>

#include <nlohmann/json.hpp>

#include "membership/http/json.hpp"
#include "membership/http/problems.hpp"
#include "web/idempotency.hpp"
#include "web/problem.hpp"

namespace membership {

AccountId caller_of(const web::Request& request) {
  const auto id = AccountId::parse(request.caller().subject);
  if (!id) throw web::Problem(web::problems::unauthenticated, "Sign in first.");
  return *id;
}

Act act_of(const Service& service, const web::Request& request, const char* operation) {
  return {.actor = caller_of(request).text(),
          .operation = operation,
          .at = service.clock(),
          .request_id = request.id};
}

web::Response to_response(const Refused& refused, const AccountId& viewer, Timestamp now) {
  web::Problem problem = problem_of(refused.refusal);
  if (refused.present) problem.members["roleRequest"] = to_json(*refused.present, viewer, now);
  return web::to_response(problem);
}

web::Response answer_act(Service& service, const web::Request& request, const Act& act,
                         const std::string& subject,
                         const std::function<Outcome<web::Response>(Store&)>& perform) {
  std::optional<Refused> refused;
  const AccountId caller = caller_of(request);
  auto response = web::act_once(
      service.database, request, act.at,
      [&](database::Transaction& transaction) {
        refused.reset();
        Store store(transaction);
        const auto outcome = perform(store);
        if (outcome) return *outcome;
        refused = outcome.error();
        return to_response(*refused, caller, act.at);
      },
      [&](database::Transaction& transaction, const web::Response&) {
        if (!refused || !is_security_refusal(refused->refusal)) return;
        Store(transaction)
            .record(act, refused->organization.value(), subject,
                    problem_of(refused->refusal).type->name);
      });
  if (response.status < 400) service.wake_relay();
  return response;
}

web::Response answer_question(Service& service, const web::Request& request,
                              const std::function<Outcome<web::Response>(Store&)>& answer) {
  const AccountId caller = caller_of(request);
  return service.database.read([&](database::Transaction& transaction) {
    Store store(transaction);
    const auto outcome = answer(store);
    return outcome ? *outcome : to_response(outcome.error(), caller, service.clock());
  });
}

}  // namespace membership
