#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "identity/domain/account.hpp"
#include "identity/domain/account_event.hpp"
#include "identity/domain/lockout.hpp"
#include "identity/domain/partner_client.hpp"
#include "identity/domain/session.hpp"
#include "identity/domain/sign_in.hpp"

namespace database {
class Transaction;
}

namespace identity {

/// All SQL of the identity service, for the life of one transaction.
/// Functions that return [[nodiscard]] bool are guarded: false says that nothing was written,
/// because somebody else got there first.
class Store {
 public:
  explicit Store(database::Transaction& transaction) : transaction_(transaction) {}

  // Accounts.
  [[nodiscard]] bool add(const Account& account);
  std::optional<AccountId> find_account_id(const UserId& user_id);
  std::optional<Account> find_account(const AccountId& id);
  [[nodiscard]] bool rename(const AccountId& id, const std::string& name, std::int64_t version);
  /// False when the address belongs to another account already.
  [[nodiscard]] bool verify_email_address(const Account& account, Timestamp now);

  // Passwords.
  [[nodiscard]] bool change_password(const Account& account, const std::string& new_hash,
                                     Timestamp now);
  /// The same password, hashed anew.
  void rehash_password(const Account& account, const std::string& new_hash);
  void keep_earlier_password(const Account& account, Timestamp now);
  /// The hashes of the latest `count` passwords before the present one.
  std::vector<std::string> earlier_passwords(const AccountId& id, int count);

  // Second factors.
  void set_pending_totp(const AccountId& id, const std::string& sealed_secret);
  /// The pending secret becomes the secret; its codes up to `step` are used up.
  void enrol_totp(const AccountId& id, std::int64_t step);
  [[nodiscard]] bool use_totp_step(const AccountId& id, std::int64_t step);
  void replace_recovery_codes(const AccountId& id, const std::vector<std::string>& hashes);
  [[nodiscard]] bool use_recovery_code(const AccountId& id, const std::string& hash, Timestamp now);

  // Emailed codes: one that is good for one purpose and one account or sign-in, `subject`.
  void set_emailed_code(CodePurpose purpose, const std::string& subject, const std::string& hash,
                        Timestamp expires_at);
  /// Counts a try and tells the hash that the code must have; nullopt when there is no code, or it
  /// was used, has expired, or was tried too often.
  std::optional<std::string> try_emailed_code(CodePurpose purpose, const std::string& subject,
                                              Timestamp now);
  [[nodiscard]] bool use_emailed_code(CodePurpose purpose, const std::string& subject,
                                      const std::string& hash, Timestamp now);

  // Sign-ins.
  void add(const SignIn& sign_in);
  std::optional<SignIn> find_sign_in(const SignInId& id);
  [[nodiscard]] bool complete(const SignIn& sign_in, Timestamp now);
  /// False when as many codes as allowed have been sent.
  [[nodiscard]] bool count_code_sent(const SignInId& id);

  // Sessions and their refresh tokens.
  void add(const Session& session, const SignInId& sign_in);
  std::optional<Session> find_session(const SessionId& id);
  /// Those that have neither ended nor expired and were used since, latest first; 200 at most.
  std::vector<Session> open_sessions(const AccountId& account, Timestamp now, Timestamp used_since);
  void touch_session(const SessionId& id, Timestamp now);
  void set_assurance(const SessionId& id, Assurance assurance);
  [[nodiscard]] bool end_session(const SessionId& id, Timestamp now);
  void end_other_sessions(const AccountId& account, const SessionId& kept, Timestamp now);
  void add_refresh_token(const std::string& hash, const SessionId& session, Timestamp now);
  /// The session of a token that was not used before, and now is.
  std::optional<SessionId> use_refresh_token(const std::string& hash, Timestamp now);
  /// The session of a token that was used before.
  std::optional<SessionId> find_used_refresh_token(const std::string& hash);

  // Tries, counted by a guard: an account or a network. lock_guard() comes first: it keeps other
  // transactions from counting for the same guard until this one ends.
  std::optional<Timestamp> lock_guard(const std::string& guard, Timestamp now);
  Tries count_tries(const std::string& guard, Timestamp since);
  void add_try(const std::string& id, const std::string& guard, Timestamp now);
  void mark_try_wrong(const std::string& id);
  void forget_try(const std::string& id);
  /// Locks the guard, and its wrong tries count no more.
  void lock_until(const std::string& guard, Timestamp until);
  void forget_wrong_tries(const std::string& guard);

  struct Throttle {
    std::int64_t used;
    Timestamp started_at;
  };
  /// Counts one request in the window that began after `window_start`, or in a new one.
  Throttle count_request(const std::string& key, Timestamp window_start, Timestamp now);

  // The account's audit.
  void add_event(const AccountId& account, AccountEventKind kind, Timestamp now,
                 const std::string& source_address, const std::string& request_id);
  /// Latest first; those before `before` if given.
  std::vector<AccountEvent> events(const AccountId& account,
                                   const std::optional<AccountEventId>& before, std::int64_t limit);

  // Partners.
  void add(const PartnerClient& client, Timestamp now);
  /// nullopt when it was revoked.
  std::optional<PartnerClient> find_partner_client(const PartnerClientId& id);
  [[nodiscard]] bool revoke(const PartnerClientId& id, Timestamp now);

  struct SigningKey {
    std::int64_t number;
    std::string sealed_private_key;
    Timestamp signs_from;
  };
  /// In the order in which they sign.
  std::vector<SigningKey> signing_keys();
  [[nodiscard]] bool add(const SigningKey& key);

  /// Deletes what has served: codes, tries, throttles, sign-ins that were never completed, refresh
  /// tokens of sessions that are over.
  void forget_before(Timestamp then);

 private:
  database::Transaction& transaction_;
};

}  // namespace identity
