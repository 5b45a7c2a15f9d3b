#include "identity/http/problems.hpp"

#include <cstdlib>

namespace identity {

namespace {

const web::ProblemType user_id_taken{
    409, "user-id-taken", "User id taken",
    "Somebody has, or had, an account with this user id. User ids are never given again, and "
    "capital letters make no difference. Choose another one."};
const web::ProblemType email_address_taken{
    409, "email-address-taken", "Email address taken",
    "Another account has verified this email address. Sign in to that one instead."};
const web::ProblemType sign_in_refused{
    401, "sign-in-refused", "Sign-in refused",
    "There is no such account, its email address is not verified, the password is wrong, or "
    "signing in is locked for a while after too many wrong tries. The answer does not tell which."};
const web::ProblemType second_factor_refused{
    401, "second-factor-refused", "Second factor refused",
    "The code is wrong, used or expired, the sign-in is over, or signing in is locked for a while "
    "after too many wrong tries. The answer does not tell which."};
const web::ProblemType refresh_token_refused{
    401, "refresh-token-refused", "Refresh token refused",
    "The refresh token was used before, or its session is over. Sign in again."};

web::Problem wrong_field(const char* pointer, const char* detail) {
  return {web::problems::invalid_fields, {{pointer, detail}}};
}

web::Problem later(const web::ProblemType& type, const char* detail, int seconds) {
  web::Problem problem(type, detail);
  problem.retry_after_seconds = seconds;
  return problem;
}

}  // namespace

web::Problem problem_of(Refusal refusal) {
  using namespace web::problems;
  switch (refusal) {
    case Refusal::user_id_taken: return {user_id_taken, "Choose another user id."};
    case Refusal::email_address_taken:
      return {email_address_taken, "Another account has verified this email address."};
    case Refusal::code_refused:
      return wrong_field("/code", "This field is not a code that is good now.");
    case Refusal::sign_in_refused:
      return {sign_in_refused,
              "User id and password do not open an account, or it is locked for now."};
    case Refusal::second_factor_refused:
      return {second_factor_refused, "The code is wrong, used or expired, or the sign-in is over."};
    case Refusal::second_factor_too_weak:
      return {second_factor_too_weak, "Sign in with an authenticator app to do this."};
    case Refusal::refresh_token_refused:
      return {refresh_token_refused, "The refresh token is used, or its session is over."};
    case Refusal::current_password_wrong:
      return wrong_field("/currentPassword", "This field is not the present password.");
    case Refusal::password_used_before:
      return wrong_field("/newPassword", "This field was the password not long ago.");
    case Refusal::session_not_found: return {not_found, "There is nothing at this address."};
    case Refusal::account_changed: return {precondition_failed, "The account has changed since."};
    case Refusal::too_many_codes:
      return later(too_many_requests, "Sign in anew to get more codes.", 60);
    case Refusal::too_many_password_hashes:
      return later(unavailable, "The server cannot answer now; nothing was done.", 1);
  }
  std::abort();  // not an enumerator
}

web::Response refuse(Refusal refusal) {
  return web::to_response(problem_of(refusal));
}

const std::vector<const web::ProblemType*>& problem_types() {
  static const std::vector<const web::ProblemType*> types = {
      &user_id_taken, &email_address_taken, &sign_in_refused, &second_factor_refused,
      &refresh_token_refused};
  return types;
}

}  // namespace identity
