#include "identity/sign_ins.hpp"

#include <cstdlib>

#include "identity/audit.hpp"
#include "identity/emailed_codes.hpp"
#include "identity/notices.hpp"
#include "identity/second_factors.hpp"
#include "identity/storage/store.hpp"

namespace identity {

namespace {

using database::Transaction;

std::optional<Account> find_verified_account(Transaction& transaction,
                                             const std::optional<UserId>& user_id) {
  Store store(transaction);
  const auto id = user_id ? store.find_account_id(*user_id) : std::nullopt;
  auto account = id ? store.find_account(*id) : std::nullopt;
  return account && account->email_verified_at ? account : std::nullopt;
}

bool use_second_factor(const Service& service, Transaction& transaction,
                       const SecondFactorTry& attempt, const Account& account,
                       const std::string& code, const Origin& origin) {
  switch (attempt.factor) {
    case SecondFactor::totp: return use_totp_code(service, transaction, account, code, origin.now);
    case SecondFactor::recovery_code:
      return use_recovery_code(service, transaction, account, code, origin);
    case SecondFactor::email_code:
      return use_code(service, transaction, CodePurpose::sign_in, attempt.sign_in.id.text(),
                      attempt.expected_code_hash, code, origin.now);
  }
  std::abort();  // not an enumerator
}

Assurance assurance_of(SecondFactor factor) {
  switch (factor) {
    case SecondFactor::totp: return Assurance::totp;
    case SecondFactor::recovery_code: return Assurance::recovery_code;
    case SecondFactor::email_code: return Assurance::email;
  }
  std::abort();  // not an enumerator
}

}  // namespace

// Every path takes two transactions and one hash: what differs must not show in the time.
Result<Account, Refusal> prove_password(const Service& service,
                                        const std::optional<UserId>& user_id,
                                        const std::string& password, const Origin& origin) {
  struct Attempt {
    std::optional<Account> account;
    std::optional<Try> reserved;
  };
  const auto attempt = service.database.write([&](Transaction& transaction) {
    auto account = find_verified_account(transaction, user_id);
    auto reserved = reserve_try(service, transaction,
                                account ? std::optional(account->id) : std::nullopt, origin);
    return Attempt{std::move(account), std::move(reserved)};
  });

  const bool verifiable = attempt.account && attempt.reserved;
  const auto verdict =
      service.passwords.verify(verifiable ? &attempt.account->password_hash : nullptr, password);
  const bool right = verdict && verdict->right;
  std::optional<std::string> stronger_hash;
  if (right && verdict->outdated) {
    // When all slots are taken, the next sign-in will do.
    if (const auto hash = service.passwords.hash(password)) stronger_hash = *hash;
  }

  service.database.write([&](Transaction& transaction) {
    if (!verdict || right) {
      if (attempt.reserved) forget_try(transaction, *attempt.reserved);
      if (stronger_hash) Store(transaction).rehash_password(*attempt.account, *stronger_hash);
    } else if (attempt.reserved) {
      record_wrong_try(service, transaction, *attempt.reserved, AccountEventKind::sign_in_failed,
                       origin);
    } else if (attempt.account) {
      audit(transaction, attempt.account->id, AccountEventKind::sign_in_failed, origin);
    }
  });
  if (!verdict) return verdict.error();
  if (!right) return Refusal::sign_in_refused;
  return *attempt.account;
}

Result<SignIn, Refusal> create_sign_in(Transaction& transaction, const Account& account,
                                       const std::string& statement_version, const Origin& origin) {
  Store store(transaction);
  // The password may have been changed since it was proved.
  const auto present = store.find_account(account.id).value();
  if (present.password_changed_at != account.password_changed_at) return Refusal::sign_in_refused;
  const SignIn sign_in{.id = SignInId::generate(),
                       .account = account.id,
                       .statement_version = statement_version,
                       .created_at = origin.now,
                       .expires_at = origin.now + sign_in_lifetime,
                       .completed_at = std::nullopt};
  store.add(sign_in);
  return sign_in;
}

std::optional<Refusal> send_sign_in_code(const Service& service, Transaction& transaction,
                                         const SignInId& id, const Origin& origin) {
  Store store(transaction);
  const auto sign_in = store.find_sign_in(id);
  if (!sign_in || !is_open(*sign_in, origin.now)) return std::nullopt;
  if (!store.count_code_sent(id)) return Refusal::too_many_codes;
  issue_code(service, transaction, store.find_account(sign_in->account).value(),
             CodePurpose::sign_in, id.text(), origin.now);
  return std::nullopt;
}

Result<SecondFactorTry, Refusal> try_second_factor(const Service& service, Transaction& transaction,
                                                   const SignInId& id, SecondFactor factor,
                                                   const Origin& origin) {
  Store store(transaction);
  const auto sign_in = store.find_sign_in(id);
  if (!sign_in) return Refusal::second_factor_refused;
  const auto reserved = reserve_try(service, transaction, sign_in->account, origin);
  if (!reserved) {
    audit(transaction, sign_in->account, AccountEventKind::sign_in_failed, origin);
    return Refusal::second_factor_refused;
  }
  SecondFactorTry attempt{
      .sign_in = *sign_in, .reserved = *reserved, .factor = factor, .expected_code_hash = {}};
  if (factor == SecondFactor::email_code) {
    attempt.expected_code_hash =
        store.try_emailed_code(CodePurpose::sign_in, id.text(), origin.now);
  }
  return attempt;
}

Result<Tokens, Refusal> complete_sign_in(const Service& service, Transaction& transaction,
                                         const SecondFactorTry& attempt, const std::string& code,
                                         const Origin& origin) {
  Store store(transaction);
  forget_wrong_tries(transaction, attempt.sign_in.account, origin);
  forget_try(transaction, attempt.reserved);

  const auto account = store.find_account(attempt.sign_in.account).value();
  if (!is_open(attempt.sign_in, origin.now) || !store.complete(attempt.sign_in, origin.now) ||
      !use_second_factor(service, transaction, attempt, account, code, origin)) {
    return Refusal::second_factor_refused;
  }
  const Session session{.id = SessionId::generate(),
                        .account = account.id,
                        .assurance = assurance_of(attempt.factor),
                        .source_address = origin.source_address,
                        .created_at = origin.now,
                        .last_used_at = origin.now,
                        .expires_at = origin.now + service.settings.sessions.lifetime,
                        .ended_at = std::nullopt};
  store.add(session, attempt.sign_in.id);
  audit(transaction, account.id, AccountEventKind::signed_in, origin);
  return issue_tokens(service, transaction, account, session, origin.now);
}

void refuse_second_factor(const Service& service, Transaction& transaction,
                          const SecondFactorTry& attempt, const Origin& origin) {
  const auto sign_in = Store(transaction).find_sign_in(attempt.sign_in.id);
  if (sign_in && is_open(*sign_in, origin.now)) {
    record_wrong_try(service, transaction, attempt.reserved, AccountEventKind::sign_in_failed,
                     origin);
  } else {
    forget_try(transaction, attempt.reserved);
  }
}

}  // namespace identity
