#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "identity/domain/ids.hpp"

namespace identity {

/// A password was right and the Statement of Truth accepted; the second factor is still owed.
struct SignIn {
  SignInId id;
  AccountId account;
  std::string statement_version;  // of the Statement of Truth, accepted at created_at
  Timestamp created_at;
  Timestamp expires_at;
  std::optional<Timestamp> completed_at;
};

constexpr std::chrono::minutes sign_in_lifetime{10};

bool is_open(const SignIn& sign_in, Timestamp now);

enum class SecondFactor { totp, recovery_code, email_code };

std::string_view to_text(SecondFactor factor);
std::optional<SecondFactor> parse_second_factor(std::string_view text);

/// What an emailed code proves.
enum class CodePurpose { verify_email_address, sign_in };

std::string_view to_text(CodePurpose purpose);

constexpr std::chrono::minutes emailed_code_lifetime{10};
constexpr int emailed_code_tries_max = 5;
constexpr int emailed_codes_per_sign_in_max = 3;

struct StatementOfTruth {
  std::string version;
  std::string text;
};

/// What a person accepts with every sign-in.
const StatementOfTruth& statement_of_truth();

}  // namespace identity
