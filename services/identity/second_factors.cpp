#include "identity/second_factors.hpp"

#include <algorithm>
#include <stdexcept>

#include "auth/encoding.hpp"
#include "identity/audit.hpp"
#include "identity/notices.hpp"
#include "identity/storage/store.hpp"
#include "identity/totp_codes.hpp"

namespace identity {

namespace {

constexpr std::size_t totp_secret_bytes = 20;
constexpr std::size_t recovery_codes_count = 10;

std::string totp_purpose(const AccountId& account) {
  return "totp " + account.text();
}

std::string open_totp_secret(const Service& service, const AccountId& account,
                             const std::string& sealed) {
  auto secret = service.secrets.open(sealed, totp_purpose(account));
  if (!secret) throw std::runtime_error("the master key does not open a stored secret");
  return *std::move(secret);
}

// However people type it: with or without the hyphen, in any case.
std::string recovery_code_hash(const Service& service, const AccountId& account,
                               std::string_view code) {
  std::string bare = vocabulary::fold_case(code);
  std::erase_if(bare, [](char c) { return c == '-' || c == ' '; });
  return service.secrets.fingerprint(bare, "recovery code " + account.text());
}

}  // namespace

std::string make_pending_totp(const Service& service, database::Transaction& transaction,
                              const AccountId& account) {
  const std::string secret = auth::random_bytes(totp_secret_bytes);
  Store(transaction).set_pending_totp(account, service.secrets.seal(secret, totp_purpose(account)));
  return to_base32(secret);
}

Result<TotpEnrolment, Refusal> start_totp_enrolment(const Service& service,
                                                    database::Transaction& transaction,
                                                    const SignedIn& caller) {
  const auto& [account, session] = caller;
  if (!may_enrol_totp(session.assurance, account.totp_enrolled(), service.settings.totp_required)) {
    return Refusal::second_factor_too_weak;
  }
  const std::string base32 = make_pending_totp(service, transaction, account.id);
  return TotpEnrolment{.base32_secret = base32, .uri = otpauth_uri(account.user_id, base32)};
}

Result<std::vector<std::string>, Refusal> confirm_totp_enrolment(const Service& service,
                                                                 database::Transaction& transaction,
                                                                 const SignedIn& caller,
                                                                 const std::string& code,
                                                                 const Origin& origin) {
  Store store(transaction);
  const auto account = store.find_account(caller.account.id).value();
  // A session that could not have started the enrolment has nothing to confirm.
  if (!account.totp_pending_secret ||
      !may_enrol_totp(caller.session.assurance, account.totp_enrolled(),
                      service.settings.totp_required)) {
    return Refusal::code_refused;
  }
  const auto secret = open_totp_secret(service, account.id, *account.totp_pending_secret);
  const auto step = find_totp_step(secret, code, origin.now);
  if (!step) return Refusal::code_refused;

  store.enrol_totp(account.id, *step);
  store.set_assurance(caller.session.id, Assurance::totp);
  audit(transaction, account.id, AccountEventKind::totp_enrolled, origin);
  tell_owner(transaction, account.id, "account.totpEnrolled", origin.now);
  return replace_recovery_codes(service, transaction, account.id, origin);
}

std::vector<std::string> replace_recovery_codes(const Service& service,
                                                database::Transaction& transaction,
                                                const AccountId& account, const Origin& origin) {
  std::vector<std::string> codes(recovery_codes_count), hashes;
  for (auto& code : codes) {
    code = random_recovery_code();
    hashes.push_back(recovery_code_hash(service, account, code));
  }
  Store(transaction).replace_recovery_codes(account, hashes);
  audit(transaction, account, AccountEventKind::recovery_codes_replaced, origin);
  return codes;
}

bool use_totp_code(const Service& service, database::Transaction& transaction,
                   const Account& account, const std::string& code, Timestamp now) {
  if (!account.totp_secret) return false;
  const auto secret = open_totp_secret(service, account.id, *account.totp_secret);
  const auto step = find_totp_step(secret, code, now);
  return step && Store(transaction).use_totp_step(account.id, *step);
}

bool use_recovery_code(const Service& service, database::Transaction& transaction,
                       const Account& account, const std::string& code, const Origin& origin) {
  const auto hash = recovery_code_hash(service, account.id, code);
  if (!Store(transaction).use_recovery_code(account.id, hash, origin.now)) return false;
  audit(transaction, account.id, AccountEventKind::recovery_code_used, origin);
  tell_owner(transaction, account.id, "account.recoveryCodeUsed", origin.now);
  return true;
}

}  // namespace identity
