#include "identity/http/sign_ins.hpp"

#include <nlohmann/json.hpp>

#include "identity/http/caller.hpp"
#include "identity/http/json.hpp"
#include "identity/http/problems.hpp"
#include "identity/sign_ins.hpp"
#include "web/body.hpp"
#include "web/idempotency.hpp"

namespace identity {

namespace {

using database::Transaction;

nlohmann::json second_factors_of(const Account& account) {
  auto factors = nlohmann::json::array();
  if (account.totp_enrolled()) factors.push_back(to_text(SecondFactor::totp));
  if (account.recovery_codes_left > 0) factors.push_back(to_text(SecondFactor::recovery_code));
  factors.push_back(to_text(SecondFactor::email_code));
  return factors;
}

}  // namespace

web::Response get_statement_of_truth(Service&, const web::Request&) {
  const auto& [version, text] = statement_of_truth();
  return web::json_response(200, {{"version", version}, {"text", text}});
}

web::Response create_sign_in(Service& service, const web::Request& request) {
  web::BodyReader body(request);
  const auto user_id = UserId::parse(body.text("userId", 1, 64));
  const std::string password = body.free_text("password", 1, 128);
  const std::string version = body.text("statementOfTruthVersion", 1, 32);
  if (version != statement_of_truth().version) {
    body.fail("statementOfTruthVersion", "is not the version to be accepted now");
  }
  body.finish();

  const auto origin = origin_of(service, request);
  const auto account = prove_password(service, user_id, password, origin);
  service.wake_relay();
  if (!account) return refuse(account.error());
  return web::act_once(service.database, request, origin.now, [&](Transaction& transaction) {
    const auto sign_in = create_sign_in(transaction, *account, version, origin);
    if (!sign_in) return refuse(sign_in.error());
    return web::json_response(201, {{"id", sign_in->id.text()},
                                    {"expiresAt", vocabulary::to_text(sign_in->expires_at)},
                                    {"secondFactors", second_factors_of(*account)}});
  });
}

web::Response send_sign_in_code(Service& service, const web::Request& request) {
  const auto id = web::path_id<SignInId>(request, "id");
  web::BodyReader(request).finish();

  const auto origin = origin_of(service, request);
  const auto response =
      web::act_once(service.database, request, origin.now, [&](Transaction& transaction) {
        const auto refusal = send_sign_in_code(service, transaction, id, origin);
        return refusal ? refuse(*refusal) : web::json_response(202, nlohmann::json::object());
      });
  service.wake_relay();
  return response;
}

web::Response complete_sign_in(Service& service, const web::Request& request) {
  const auto id = web::path_id<SignInId>(request, "id");
  web::BodyReader body(request);
  const auto factor = body.choice<SecondFactor>("method", parse_second_factor);
  const std::string code = body.text("code", 1, 32);
  body.finish();

  const auto origin = origin_of(service, request);
  const auto attempt = service.database.write([&](Transaction& transaction) {
    return try_second_factor(service, transaction, id, factor, origin);
  });
  if (!attempt) return refuse(attempt.error());

  bool judged = false;
  const auto response = web::act_once(
      service.database, request, origin.now,
      [&](Transaction& transaction) {
        judged = true;
        const auto tokens = complete_sign_in(service, transaction, *attempt, code, origin);
        return tokens ? web::json_response(200, *tokens) : refuse(tokens.error());
      },
      [&](Transaction& transaction, const web::Response&) {
        refuse_second_factor(service, transaction, *attempt, origin);
      });
  // Otherwise the first answer was given again: that code was right already.
  if (!judged) {
    service.database.write(
        [&](Transaction& transaction) { forget_try(transaction, attempt->reserved); });
  }
  service.wake_relay();
  return response;
}

}  // namespace identity
