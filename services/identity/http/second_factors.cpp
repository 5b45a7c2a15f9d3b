#include "identity/http/second_factors.hpp"

#include <nlohmann/json.hpp>

#include "identity/http/caller.hpp"
#include "identity/http/problems.hpp"
#include "identity/second_factors.hpp"
#include "web/body.hpp"
#include "web/idempotency.hpp"

namespace identity {

using database::Transaction;

web::Response start_totp_enrolment(Service& service, const web::Request& request) {
  const auto origin = origin_of(service, request);
  const auto caller = signed_in(service, request, origin);
  web::BodyReader(request).finish();
  return web::act_once(service.database, request, origin.now, [&](Transaction& transaction) {
    const auto enrolment = start_totp_enrolment(service, transaction, caller);
    if (!enrolment) return refuse(enrolment.error());
    return web::json_response(201, {{"secret", enrolment->base32_secret}, {"uri", enrolment->uri}});
  });
}

web::Response confirm_totp_enrolment(Service& service, const web::Request& request) {
  const auto origin = origin_of(service, request);
  const auto caller = signed_in(service, request, origin);
  web::BodyReader body(request);
  const std::string code = body.text("code", 1, 32);
  body.finish();
  const auto response =
      web::act_once(service.database, request, origin.now, [&](Transaction& transaction) {
        const auto codes = confirm_totp_enrolment(service, transaction, caller, code, origin);
        if (!codes) return refuse(codes.error());
        return web::json_response(200, {{"recoveryCodes", *codes}});
      });
  service.wake_relay();
  return response;
}

web::Response replace_recovery_codes(Service& service, const web::Request& request) {
  const auto origin = origin_of(service, request);
  const auto caller = signed_in(service, request, origin);
  web::BodyReader(request).finish();
  return web::act_once(service.database, request, origin.now, [&](Transaction& transaction) {
    const auto codes = replace_recovery_codes(service, transaction, caller.account.id, origin);
    return web::json_response(201, {{"recoveryCodes", codes}});
  });
}

}  // namespace identity
