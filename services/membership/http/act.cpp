#include "membership/http/act.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include <nlohmann/json.hpp>

#include "membership/http/json.hpp"
#include "membership/http/problems.hpp"
#include "membership/service_center.hpp"
#include "vocabulary/id.hpp"
#include "web/idempotency.hpp"
#include "web/problem.hpp"

namespace membership {

AccountId caller_of(const web::Request& request) {
  const auto id = AccountId::parse(request.caller().subject);
  if (!id) throw web::Problem(web::problems::unauthenticated, "Sign in first.");
  return *id;
}

Act act_of(const Service& service, const web::Request& request, const char* operation,
           const std::string& subject) {
  return {.actor = caller_of(request).text(),
          .operation = operation,
          .at = service.clock(),
          .request_id = request.id,
          .subject = subject};
}

web::Json to_json(const Service& service, const RoleRequestDetails& details,
                  const AccountId& viewer, Timestamp now) {
  const bool is_own = details.request.requester == viewer;
  return to_json(details, {viewer, is_own ? details.requester.role : Role::security_official}, now,
                 service.settings.role_request_reopen_within);
}

web::Problem to_problem(const Service& service, const Refused& refused, const AccountId& viewer,
                        Timestamp now) {
  web::Problem problem = problem_of(refused.refusal);
  if (refused.refusal == Refusal::own_membership ||
      refused.refusal == Refusal::last_security_official) {
    problem.members["supportContact"] = to_json(service.settings.support_contact);
  }
  if (refused.retry_at) {
    const auto wait = std::chrono::ceil<std::chrono::seconds>(*refused.retry_at - now);
    problem.retry_after_seconds = std::max(1, static_cast<int>(wait.count()));
  }
  if (refused.present) {
    problem.members["roleRequest"] = to_json(service, *refused.present, viewer, now);
  }
  return problem;
}

void record_refusal(Store& store, const Act& act, const Refused& refused) {
  if (!is_security_refusal(refused.refusal)) return;
  store.record(refused.by_service_center ? by_service_center(act) : act,
               {.organization = refused.organization,
                .subject = act.subject,
                .outcome = problem_of(refused.refusal).type->name});
}

void record_weak_second_factor(Service& service, const web::Request& request,
                               const web::Route& route) {
  std::string subject;
  for (const auto& [name, value] : request.parameters) {
    if (name == "id" && vocabulary::is_uuid(value)) subject = value;
  }
  const Act act = act_of(service, request, route.operation.c_str(), subject);
  service.database.write([&](database::Transaction& transaction) {
    Store store(transaction, service.settings.audit_key);
    store.record(act, {.organization = std::nullopt,
                       .subject = act.subject,
                       .outcome = web::problems::second_factor_too_weak.name});
  });
}

web::Response answer_act(Service& service, const web::Request& request, const Act& act,
                         const std::function<Outcome<web::Response>(Store&)>& perform,
                         const std::function<void(Store&, const Refused&)>& on_refusal) {
  std::optional<Refused> refused;
  const AccountId caller = caller_of(request);
  auto response = web::act_once(
      service.database, request, act.at,
      [&](database::Transaction& transaction) {
        refused.reset();
        Store store(transaction, service.settings.audit_key);
        const auto outcome = perform(store);
        if (outcome) return *outcome;
        refused = outcome.error();
        return web::to_response(to_problem(service, *refused, caller, act.at));
      },
      [&](database::Transaction& transaction, const web::Response&) {
        if (!refused) return;
        Store store(transaction, service.settings.audit_key);
        if (on_refusal) on_refusal(store, *refused);
        record_refusal(store, act, *refused);
      });
  if (response.status < 400) service.wake_relay();
  return response;
}

web::Response answer_question(Service& service, const web::Request& request, const Act& act,
                              const std::function<Outcome<web::Response>(Store&)>& answer) {
  const AccountId caller = caller_of(request);
  const auto outcome = service.database.read([&](database::Transaction& transaction) {
    Store store(transaction);
    return answer(store);
  });
  if (outcome) return *outcome;
  if (is_security_refusal(outcome.error().refusal)) {
    service.database.write([&](database::Transaction& transaction) {
      Store store(transaction, service.settings.audit_key);
      record_refusal(store, act, outcome.error());
    });
  }
  return web::to_response(to_problem(service, outcome.error(), caller, act.at));
}

}  // namespace membership
