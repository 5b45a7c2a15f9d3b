#include "identity/http/routes.hpp"

#include "auth/authenticator.hpp"
#include "identity/http/accounts.hpp"
#include "identity/http/second_factors.hpp"
#include "identity/http/sessions.hpp"
#include "identity/http/sign_ins.hpp"
#include "identity/http/tokens.hpp"

namespace identity {

namespace {

auto handler_with(Service& service) {
  using Operation = web::Response (*)(Service&, const web::Request&);
  return [&service](Operation operation) -> web::Handler {
    return
        [&service, operation](const web::Request& request) { return operation(service, request); };
  };
}

auth::Authenticator authenticator(const Service& service, const std::string& audience) {
  return {{.type = "at+jwt", .issuer = service.settings.issuer, .audience = audience},
          [&keys = service.keys](const std::string& key_id) { return keys.find(key_id); },
          service.clock};
}

}  // namespace

std::vector<web::Route> routes(Service& service) {
  const auto handler = handler_with(service);
  using enum web::Method;
  using enum web::Access;
  // clang-format off
  return {
      {post,  "/v1/accounts",                             "createAccount",        anonymous,        handler(create_account)},
      {post,  "/v1/accounts/{id}/verify-email-address",   "verifyEmailAddress",   anonymous,        handler(verify_email_address)},
      {post,  "/v1/accounts/{id}/send-verification-code", "sendVerificationCode", anonymous,        handler(send_verification_code)},
      {get,   "/v1/statement-of-truth",                   "getStatementOfTruth",  anonymous,        handler(get_statement_of_truth)},
      {post,  "/v1/sign-ins",                             "createSignIn",         anonymous,        handler(create_sign_in)},
      {post,  "/v1/sign-ins/{id}/send-code",              "sendSignInCode",       anonymous,        handler(send_sign_in_code)},
      {post,  "/v1/sign-ins/{id}/second-factor",          "completeSignIn",       anonymous,        handler(complete_sign_in)},
      {post,  "/v1/tokens/refresh",                       "refreshTokens",        anonymous,        handler(refresh_tokens)},
      {post,  "/v1/token",                                "createPartnerToken",   anonymous,        handler(create_partner_token), 4 * 1024},
      {post,  "/v1/sign-out",                             "signOut",              person,           handler(sign_out)},
      {get,   "/v1/sessions",                             "listSessions",         person,           handler(list_sessions)},
      {post,  "/v1/sessions/{id}/revoke",                 "revokeSession",        person,           handler(revoke_session)},
      {get,   "/v1/account",                              "getAccount",           person,           handler(get_account)},
      {patch, "/v1/account",                              "updateAccount",        person,           handler(update_account)},
      {post,  "/v1/account/change-password",              "changePassword",       person,           handler(change_password)},
      {post,  "/v1/account/totp",                         "startTotpEnrolment",   person,           handler(start_totp_enrolment)},
      {post,  "/v1/account/totp/confirm",                 "confirmTotpEnrolment", person,           handler(confirm_totp_enrolment)},
      {post,  "/v1/account/recovery-codes",               "replaceRecoveryCodes", person_with_totp, handler(replace_recovery_codes)},
      {get,   "/v1/account/events",                       "listAccountEvents",    person,           handler(list_account_events)},
      {get,   "/.well-known/jwks.json",                   "getJwks",              anonymous,        handler(get_jwks)},
  };
  // clang-format on
}

std::vector<web::Route> internal_routes(Service& service) {
  const auto handler = handler_with(service);
  using enum web::Method;
  using enum web::Access;
  // clang-format off
  return {
      {post, "/internal/v1/token",     "createServiceToken", anonymous, handler(create_service_token), 4 * 1024},
      {get,  "/.well-known/jwks.json", "getJwks",            anonymous, handler(get_jwks)},
  };
  // clang-format on
}

web::Authenticate authenticate_people(const Service& service) {
  // A person whose password has to be changed has a token for this service only.
  return [all = authenticator(service, "countersign"),
          here = authenticator(service, "identity")](std::string_view token) {
    auto principal = all(token);
    if (!principal) principal = here(token);
    const bool is_service = principal && principal->kind == auth::Principal::Kind::service;
    return is_service ? std::nullopt : principal;
  };
}

web::Authenticate authenticate_services(const Service& service) {
  return authenticator(service, "identity");
}

}  // namespace identity
