#include "identity/accounts.hpp"

#include "auth/encoding.hpp"
#include "identity/audit.hpp"
#include "identity/emailed_codes.hpp"
#include "identity/notices.hpp"
#include "identity/storage/store.hpp"
#include "identity/tries.hpp"

namespace identity {

Result<Account, Refusal> register_account(database::Transaction& transaction,
                                          const NewAccount& account, const Origin& origin) {
  const Account created{.id = AccountId::generate(),
                        .user_id = account.user_id,
                        .name = account.name,
                        .email_address = account.email_address,
                        .email_verified_at = std::nullopt,
                        .password_hash = account.password_hash,
                        .password_changed_at = origin.now,
                        .totp_secret = std::nullopt,
                        .totp_pending_secret = std::nullopt,
                        .recovery_codes_left = 0,
                        .created_at = origin.now,
                        .version = 1};
  if (!Store(transaction).add(created)) return Refusal::user_id_taken;
  audit(transaction, created.id, AccountEventKind::account_created, origin);
  return created;
}

Result<Account, Refusal> create_account(const Service& service, database::Transaction& transaction,
                                        const NewAccount& account, const Origin& origin) {
  auto created = register_account(transaction, account, origin);
  if (created) {
    issue_code(service, transaction, *created, CodePurpose::verify_email_address,
               created->id.text(), origin.now);
  }
  return created;
}

void send_verification_code(const Service& service, database::Transaction& transaction,
                            const AccountId& id, const Origin& origin) {
  const auto account = Store(transaction).find_account(id);
  if (!account || account->email_verified_at) return;
  issue_code(service, transaction, *account, CodePurpose::verify_email_address, id.text(),
             origin.now);
}

std::optional<std::string> try_verification_code(database::Transaction& transaction,
                                                 const AccountId& id, Timestamp now) {
  return Store(transaction).try_emailed_code(CodePurpose::verify_email_address, id.text(), now);
}

Result<Account, Refusal> verify_email_address(const Service& service,
                                              database::Transaction& transaction,
                                              const AccountId& id,
                                              const std::optional<std::string>& expected,
                                              const std::string& code, const Origin& origin) {
  Store store(transaction);
  const auto account = store.find_account(id);
  if (!account || !use_code(service, transaction, CodePurpose::verify_email_address, id.text(),
                            expected, code, origin.now)) {
    return Refusal::code_refused;
  }
  if (!store.verify_email_address(*account, origin.now)) return Refusal::email_address_taken;
  audit(transaction, id, AccountEventKind::email_verified, origin);
  tell_account(transaction, *account, "account.verified", origin.now);
  return store.find_account(id).value();
}

Result<Account, Refusal> rename_account(database::Transaction& transaction, const AccountId& id,
                                        const std::string& name,
                                        const std::optional<std::int64_t>& version,
                                        const Origin& origin) {
  Store store(transaction);
  const auto present = store.find_account(id).value();
  if (!store.rename(id, name, version.value_or(present.version))) return Refusal::account_changed;
  audit(transaction, id, AccountEventKind::name_changed, origin);
  const auto renamed = store.find_account(id).value();
  tell_account(transaction, renamed, "account.changed", origin.now);
  return renamed;
}

Result<std::string, Refusal> prepare_password_change(const Service& service, const Account& account,
                                                     const std::string& current_password,
                                                     const std::string& new_password,
                                                     const Origin& origin) {
  using database::Transaction;
  const auto reserved = service.database.write([&](Transaction& transaction) {
    return reserve_try(service, transaction, account.id, origin);
  });
  const auto verdict =
      service.passwords.verify(reserved ? &account.password_hash : nullptr, current_password);
  if (reserved) {
    service.database.write([&](Transaction& transaction) {
      if (verdict && !verdict->right) {
        record_wrong_try(service, transaction, *reserved, AccountEventKind::password_change_refused,
                         origin);
      } else {
        forget_try(transaction, *reserved);
      }
    });
    service.wake_relay();
  }
  if (!verdict) return verdict.error();
  if (!verdict->right) return Refusal::current_password_wrong;

  if (const int history = service.settings.password_profile.history; history > 0) {
    auto earlier = service.database.read([&](Transaction& transaction) {
      return Store(transaction).earlier_passwords(account.id, history - 1);
    });
    earlier.push_back(account.password_hash);
    for (const auto& hash : earlier) {
      const auto same = service.passwords.verify(&hash, new_password);
      if (!same) return same.error();
      if (same->right) return Refusal::password_used_before;
    }
  }
  return service.passwords.hash(new_password);
}

Result<Account, Refusal> change_password(const Service& service, database::Transaction& transaction,
                                         const Account& account, const SessionId& session,
                                         const std::string& new_hash, const Origin& origin) {
  Store store(transaction);
  if (!store.change_password(account, new_hash, origin.now)) return Refusal::current_password_wrong;
  if (service.settings.password_profile.history > 0) {
    store.keep_earlier_password(account, origin.now);
  }
  store.end_other_sessions(account.id, session, origin.now);
  audit(transaction, account.id, AccountEventKind::password_changed, origin);
  tell_owner(transaction, account.id, "account.passwordChanged", origin.now);
  return store.find_account(account.id).value();
}

std::optional<std::chrono::seconds> throttle(const Service& service, const std::string& key,
                                             std::int64_t per_hour, Timestamp now) {
  constexpr std::chrono::hours window{1};
  const auto counted = service.database.write([&](database::Transaction& transaction) {
    return Store(transaction).count_request(key, now - window, now);
  });
  if (counted.used <= per_hour) return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(counted.started_at + window - now);
}

}  // namespace identity
