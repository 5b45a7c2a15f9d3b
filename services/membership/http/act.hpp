#pragma once

#include <functional>

#include "membership/domain/ids.hpp"
#include "membership/refused.hpp"
#include "membership/service.hpp"
#include "membership/storage/store.hpp"
#include "web/json.hpp"
#include "web/problem.hpp"
#include "web/request.hpp"
#include "web/response.hpp"
#include "web/route.hpp"

// What handlers share.
namespace membership {

/// Who calls. Throws unauthenticated when the token names nobody that can be here.
AccountId caller_of(const web::Request& request);

/// The act a request asks for, about the resource with id `subject`.
Act act_of(const Service& service, const web::Request& request, const char* operation,
           const std::string& subject = {});

/// RoleRequest, for its requester or for a Security Official of the organization.
web::Json to_json(const Service& service, const RoleRequestDetails& details,
                  const AccountId& viewer, Timestamp now);

/// The problem of a refusal, with the present state where there is one to show, and the support
/// contact where only the service center can help.
web::Problem to_problem(const Service& service, const Refused& refused, const AccountId& viewer,
                        Timestamp now);

/// Leaves the audit row of a security refusal; of another nothing.
void record_refusal(Store& store, const Act& act, const Refused& refused);

/// Leaves the audit row of somebody who is refused `route` for want of TOTP. What they asked for
/// was not looked at: the row joins the service's own chain.
void record_weak_second_factor(Service& service, const web::Request& request,
                               const web::Route& route);

/// Answers an act: at most once per Idempotency-Key, in one transaction, with the audit row of a
/// security refusal; then wakes the relay. `perform` returns the answer or a refusal, whose writes
/// are undone; `on_refusal` may then write what has to stay besides.
web::Response answer_act(Service& service, const web::Request& request, const Act& act,
                         const std::function<Outcome<web::Response>(Store&)>& perform,
                         const std::function<void(Store&, const Refused&)>& on_refusal = {});

/// Answers a question from one snapshot. A security refusal leaves its audit row before it is
/// answered.
web::Response answer_question(Service& service, const web::Request& request, const Act& act,
                              const std::function<Outcome<web::Response>(Store&)>& answer);

}  // namespace membership
