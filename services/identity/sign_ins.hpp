#pragma once

#include <optional>
#include <string>

#include "identity/domain/account.hpp"
#include "identity/domain/sign_in.hpp"
#include "identity/service.hpp"
#include "identity/sessions.hpp"
#include "identity/tries.hpp"

namespace identity {

/// The account whose password this is. Unknown user, wrong password, locked and unverified account
/// are refused alike, at the cost of one hash each; a locked account's password is not verified.
Result<Account, Refusal> prove_password(const Service& service,
                                        const std::optional<UserId>& user_id,
                                        const std::string& password, const Origin& origin);

/// Begins a sign-in of an account whose password was proved; the statement is accepted with it.
Result<SignIn, Refusal> create_sign_in(database::Transaction& transaction, const Account& account,
                                       const std::string& statement_version, const Origin& origin);

/// Emails a code, three times at most; nothing happens when there is no such sign-in or it is over.
std::optional<Refusal> send_sign_in_code(const Service& service, database::Transaction& transaction,
                                         const SignInId& id, const Origin& origin);

/// One try at the second factor of a sign-in.
struct SecondFactorTry {
  SignIn sign_in;
  Try reserved;
  SecondFactor factor;
  std::optional<std::string> expected_code_hash;  // of the emailed code, if any will do
};

/// Counts the try, in a transaction before the one of complete_sign_in().
Result<SecondFactorTry, Refusal> try_second_factor(const Service& service,
                                                   database::Transaction& transaction,
                                                   const SignInId& id, SecondFactor factor,
                                                   const Origin& origin);

/// Verifies the second factor, uses it up, and opens the session.
Result<Tokens, Refusal> complete_sign_in(const Service& service, database::Transaction& transaction,
                                         const SecondFactorTry& attempt, const std::string& code,
                                         const Origin& origin);

/// After a refusal of complete_sign_in(): a wrong try, unless the sign-in was not open any more.
void refuse_second_factor(const Service& service, database::Transaction& transaction,
                          const SecondFactorTry& attempt, const Origin& origin);

}  // namespace identity
