#include "identity/domain/sign_in.hpp"

#include <cstdlib>

namespace identity {

bool is_open(const SignIn& sign_in, Timestamp now) {
  return !sign_in.completed_at && now < sign_in.expires_at;
}

std::string_view to_text(SecondFactor factor) {
  switch (factor) {
    case SecondFactor::totp: return "totp";
    case SecondFactor::recovery_code: return "recoveryCode";
    case SecondFactor::email_code: return "emailCode";
  }
  std::abort();  // not an enumerator
}

std::optional<SecondFactor> parse_second_factor(std::string_view text) {
  for (const auto factor :
       {SecondFactor::totp, SecondFactor::recovery_code, SecondFactor::email_code}) {
    if (to_text(factor) == text) return factor;
  }
  return std::nullopt;
}

std::string_view to_text(CodePurpose purpose) {
  switch (purpose) {
    case CodePurpose::verify_email_address: return "verifyEmailAddress";
    case CodePurpose::sign_in: return "signIn";
  }
  std::abort();  // not an enumerator
}

const StatementOfTruth& statement_of_truth() {
  static const StatementOfTruth statement{
      .version = "1",
      .text =
          "I am the person this account belongs to and authorized to use it. What I submit "
          "and decide here is, to the best of my knowledge, true, accurate and complete. I "
          "understand that false statements may be punished by law, and that what I do here is "
          "recorded."};
  return statement;
}

}  // namespace identity
