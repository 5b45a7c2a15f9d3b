#pragma once

namespace identity {

/// Every reason this service says no. A new one does not compile until http/problems.cpp gives it
/// a status and a sentence.
enum class Refusal {
  user_id_taken,
  email_address_taken,
  code_refused,
  sign_in_refused,
  second_factor_refused,
  second_factor_too_weak,
  refresh_token_refused,
  current_password_wrong,
  password_used_before,
  session_not_found,
  account_changed,  // since the version that If-Match names
  too_many_codes,
  too_many_password_hashes,
};

}  // namespace identity
