#include "identity/storage/store.hpp"

#include <stdexcept>

#include "database/database.hpp"

namespace identity {

namespace {

using vocabulary::from_unix;
using vocabulary::to_unix;

// A row that does not parse means the database and the code disagree; nothing sensible can follow.
template <class T>
T checked(std::optional<T> parsed, const char* column) {
  if (!parsed) throw std::runtime_error(std::string("unreadable value in column ") + column);
  return *std::move(parsed);
}

std::optional<Timestamp> optional_from_unix(std::optional<std::int64_t> milliseconds) {
  if (!milliseconds) return std::nullopt;
  return from_unix(*milliseconds);
}

using SessionRow = std::tuple<std::string, std::string, std::string, std::string, std::int64_t,
                              std::int64_t, std::int64_t, std::optional<std::int64_t>>;

Session to_session(SessionRow row) {
  auto& [id, account, assurance, source_address, created_at, last_used_at, expires_at, ended_at] =
      row;
  return {.id = checked(SessionId::parse(id), "id"),
          .account = checked(AccountId::parse(account), "account_id"),
          .assurance = checked(parse_assurance(assurance), "assurance"),
          .source_address = std::move(source_address),
          .created_at = from_unix(created_at),
          .last_used_at = from_unix(last_used_at),
          .expires_at = from_unix(expires_at),
          .ended_at = optional_from_unix(ended_at)};
}

std::string scope_of(CodePurpose purpose, const std::string& subject) {
  return std::string(to_text(purpose)) + ":" + subject;
}

}  // namespace

bool Store::add(const Account& account) {
  return transaction_.execute(
             "INSERT INTO accounts (id, user_id, user_id_key, name, email_address, password_hash,"
             "  password_changed_at, created_at, version)"
             " VALUES (:id, :user_id, :user_id_key, :name, :email_address, :password_hash,"
             "  :password_changed_at, :created_at, :version)"
             " ON CONFLICT (user_id_key) DO NOTHING",
             {{"id", account.id.text()},
              {"user_id", account.user_id.text()},
              {"user_id_key", account.user_id.key()},
              {"name", account.name},
              {"email_address", account.email_address.text()},
              {"password_hash", account.password_hash},
              {"password_changed_at", to_unix(account.password_changed_at)},
              {"created_at", to_unix(account.created_at)},
              {"version", account.version}}) == 1;
}

std::optional<AccountId> Store::find_account_id(const UserId& user_id) {
  const auto row = transaction_.row<std::string>("SELECT id FROM accounts WHERE user_id_key = :key",
                                                 {{"key", user_id.key()}});
  if (!row) return std::nullopt;
  return checked(AccountId::parse(std::get<0>(*row)), "id");
}

std::optional<Account> Store::find_account(const AccountId& id) {
  auto row = transaction_.row<std::string, std::string, std::string, std::optional<std::int64_t>,
                              std::string, std::int64_t, std::optional<std::string>,
                              std::optional<std::string>, std::int64_t, std::int64_t, std::int64_t>(
      "SELECT user_id, name, email_address, email_verified_at, password_hash, password_changed_at,"
      "  totp_secret, totp_pending_secret,"
      "  (SELECT count(*) FROM recovery_codes"
      "    WHERE recovery_codes.account_id = accounts.id AND recovery_codes.used_at IS NULL),"
      "  created_at, version"
      " FROM accounts WHERE id = :id",
      {{"id", id.text()}});
  if (!row) return std::nullopt;
  auto& [user_id, name, email_address, email_verified_at, password_hash, password_changed_at,
         totp_secret, totp_pending_secret, recovery_codes_left, created_at, version] = *row;
  return Account{.id = id,
                 .user_id = checked(UserId::parse(user_id), "user_id"),
                 .name = std::move(name),
                 .email_address = checked(EmailAddress::parse(email_address), "email_address"),
                 .email_verified_at = optional_from_unix(email_verified_at),
                 .password_hash = std::move(password_hash),
                 .password_changed_at = from_unix(password_changed_at),
                 .totp_secret = std::move(totp_secret),
                 .totp_pending_secret = std::move(totp_pending_secret),
                 .recovery_codes_left = recovery_codes_left,
                 .created_at = from_unix(created_at),
                 .version = version};
}

bool Store::rename(const AccountId& id, const std::string& name, std::int64_t version) {
  return transaction_.execute(
             "UPDATE accounts SET name = :name, version = version + 1"
             " WHERE id = :id AND version = :version",
             {{"name", name}, {"id", id.text()}, {"version", version}}) == 1;
}

bool Store::verify_email_address(const Account& account, Timestamp now) {
  const auto claimed = transaction_.execute(
      "INSERT INTO verified_email_addresses (email_key, account_id) VALUES (:key, :id)"
      " ON CONFLICT DO NOTHING",
      {{"key", account.email_address.key()}, {"id", account.id.text()}});
  if (claimed != 1) return false;
  transaction_.execute(
      "UPDATE accounts SET email_verified_at = :now, version = version + 1 WHERE id = :id",
      {{"now", to_unix(now)}, {"id", account.id.text()}});
  return true;
}

bool Store::change_password(const Account& account, const std::string& new_hash, Timestamp now) {
  return transaction_.execute(
             "UPDATE accounts SET password_hash = :new_hash, password_changed_at = :now,"
             "  version = version + 1"
             " WHERE id = :id AND password_hash = :old_hash",
             {{"new_hash", new_hash},
              {"now", to_unix(now)},
              {"id", account.id.text()},
              {"old_hash", account.password_hash}}) == 1;
}

void Store::rehash_password(const Account& account, const std::string& new_hash) {
  transaction_.execute(
      "UPDATE accounts SET password_hash = :new_hash WHERE id = :id AND password_hash = :old_hash",
      {{"new_hash", new_hash}, {"id", account.id.text()}, {"old_hash", account.password_hash}});
}

void Store::keep_earlier_password(const Account& account, Timestamp now) {
  transaction_.execute(
      "INSERT INTO earlier_passwords (account_id, replaced_at, password_hash)"
      " VALUES (:id, :now, :hash)",
      {{"id", account.id.text()}, {"now", to_unix(now)}, {"hash", account.password_hash}});
}

std::vector<std::string> Store::earlier_passwords(const AccountId& id, int count) {
  std::vector<std::string> hashes;
  for (auto& [hash] : transaction_.rows<std::string>(
           "SELECT password_hash FROM earlier_passwords WHERE account_id = :id"
           " ORDER BY replaced_at DESC LIMIT :count",
           {{"id", id.text()}, {"count", count}})) {
    hashes.push_back(std::move(hash));
  }
  return hashes;
}

void Store::set_pending_totp(const AccountId& id, const std::string& sealed_secret) {
  transaction_.execute("UPDATE accounts SET totp_pending_secret = :secret WHERE id = :id",
                       {{"secret", sealed_secret}, {"id", id.text()}});
}

void Store::enrol_totp(const AccountId& id, std::int64_t step) {
  transaction_.execute(
      "UPDATE accounts SET totp_secret = totp_pending_secret, totp_pending_secret = NULL,"
      "  totp_last_step = :step, version = version + 1"
      " WHERE id = :id",
      {{"step", step}, {"id", id.text()}});
}

bool Store::use_totp_step(const AccountId& id, std::int64_t step) {
  return transaction_.execute(
             "UPDATE accounts SET totp_last_step = :step"
             " WHERE id = :id AND totp_last_step < :step",
             {{"step", step}, {"id", id.text()}}) == 1;
}

void Store::replace_recovery_codes(const AccountId& id, const std::vector<std::string>& hashes) {
  transaction_.execute("UPDATE accounts SET version = version + 1 WHERE id = :id",
                       {{"id", id.text()}});
  transaction_.execute("DELETE FROM recovery_codes WHERE account_id = :id", {{"id", id.text()}});
  for (const auto& hash : hashes) {
    transaction_.execute("INSERT INTO recovery_codes (account_id, code_hash) VALUES (:id, :hash)",
                         {{"id", id.text()}, {"hash", hash}});
  }
}

bool Store::use_recovery_code(const AccountId& id, const std::string& hash, Timestamp now) {
  const auto used = transaction_.execute(
      "UPDATE recovery_codes SET used_at = :now"
      " WHERE account_id = :id AND code_hash = :hash AND used_at IS NULL",
      {{"now", to_unix(now)}, {"id", id.text()}, {"hash", hash}});
  if (used != 1) return false;
  transaction_.execute("UPDATE accounts SET version = version + 1 WHERE id = :id",
                       {{"id", id.text()}});
  return true;
}

void Store::set_emailed_code(CodePurpose purpose, const std::string& subject,
                             const std::string& hash, Timestamp expires_at) {
  transaction_.execute(
      "INSERT INTO emailed_codes (scope, code_hash, expires_at) VALUES (:scope, :hash, :expires_at)"
      " ON CONFLICT (scope) DO UPDATE SET code_hash = excluded.code_hash,"
      "  expires_at = excluded.expires_at, tries = 0, used_at = NULL",
      {{"scope", scope_of(purpose, subject)}, {"hash", hash}, {"expires_at", to_unix(expires_at)}});
}

std::optional<std::string> Store::try_emailed_code(CodePurpose purpose, const std::string& subject,
                                                   Timestamp now) {
  auto row = transaction_.row<std::string>(
      "UPDATE emailed_codes SET tries = tries + 1"
      " WHERE scope = :scope AND used_at IS NULL AND expires_at > :now AND tries < :tries_max"
      " RETURNING code_hash",
      {{"scope", scope_of(purpose, subject)},
       {"now", to_unix(now)},
       {"tries_max", emailed_code_tries_max}});
  if (!row) return std::nullopt;
  return std::get<0>(*std::move(row));
}

bool Store::use_emailed_code(CodePurpose purpose, const std::string& subject,
                             const std::string& hash, Timestamp now) {
  return transaction_.execute(
             "UPDATE emailed_codes SET used_at = :now"
             " WHERE scope = :scope AND code_hash = :hash AND used_at IS NULL",
             {{"now", to_unix(now)}, {"scope", scope_of(purpose, subject)}, {"hash", hash}}) == 1;
}

void Store::add(const SignIn& sign_in) {
  transaction_.execute(
      "INSERT INTO sign_ins (id, account_id, statement_version, created_at, expires_at)"
      " VALUES (:id, :account, :statement_version, :created_at, :expires_at)",
      {{"id", sign_in.id.text()},
       {"account", sign_in.account.text()},
       {"statement_version", sign_in.statement_version},
       {"created_at", to_unix(sign_in.created_at)},
       {"expires_at", to_unix(sign_in.expires_at)}});
}

std::optional<SignIn> Store::find_sign_in(const SignInId& id) {
  auto row =
      transaction_
          .row<std::string, std::string, std::int64_t, std::int64_t, std::optional<std::int64_t>>(
              "SELECT account_id, statement_version, created_at, expires_at, completed_at"
              " FROM sign_ins WHERE id = :id",
              {{"id", id.text()}});
  if (!row) return std::nullopt;
  auto& [account, statement_version, created_at, expires_at, completed_at] = *row;
  return SignIn{.id = id,
                .account = checked(AccountId::parse(account), "account_id"),
                .statement_version = std::move(statement_version),
                .created_at = from_unix(created_at),
                .expires_at = from_unix(expires_at),
                .completed_at = optional_from_unix(completed_at)};
}

bool Store::complete(const SignIn& sign_in, Timestamp now) {
  return transaction_.execute(
             "UPDATE sign_ins SET completed_at = :now WHERE id = :id AND completed_at IS NULL",
             {{"now", to_unix(now)}, {"id", sign_in.id.text()}}) == 1;
}

bool Store::count_code_sent(const SignInId& id) {
  return transaction_.execute(
             "UPDATE sign_ins SET codes_sent = codes_sent + 1 WHERE id = :id AND codes_sent < :max",
             {{"id", id.text()}, {"max", emailed_codes_per_sign_in_max}}) == 1;
}

void Store::add(const Session& session, const SignInId& sign_in) {
  transaction_.execute(
      "INSERT INTO sessions (id, account_id, sign_in_id, assurance, source_address, created_at,"
      "  last_used_at, expires_at)"
      " VALUES (:id, :account, :sign_in, :assurance, :source_address, :created_at, :last_used_at,"
      "  :expires_at)",
      {{"id", session.id.text()},
       {"account", session.account.text()},
       {"sign_in", sign_in.text()},
       {"assurance", to_text(session.assurance)},
       {"source_address", session.source_address},
       {"created_at", to_unix(session.created_at)},
       {"last_used_at", to_unix(session.last_used_at)},
       {"expires_at", to_unix(session.expires_at)}});
}

std::optional<Session> Store::find_session(const SessionId& id) {
  auto row = transaction_.row<std::string, std::string, std::string, std::string, std::int64_t,
                              std::int64_t, std::int64_t, std::optional<std::int64_t>>(
      "SELECT id, account_id, assurance, source_address, created_at, last_used_at, expires_at,"
      "  ended_at"
      " FROM sessions WHERE id = :id",
      {{"id", id.text()}});
  if (!row) return std::nullopt;
  return to_session(*std::move(row));
}

std::vector<Session> Store::open_sessions(const AccountId& account, Timestamp now,
                                          Timestamp used_since) {
  std::vector<Session> sessions;
  for (auto& row :
       transaction_.rows<std::string, std::string, std::string, std::string, std::int64_t,
                         std::int64_t, std::int64_t, std::optional<std::int64_t>>(
           "SELECT id, account_id, assurance, source_address, created_at, last_used_at, expires_at,"
           "  ended_at"
           " FROM sessions"
           " WHERE account_id = :account AND expires_at > :now AND ended_at IS NULL"
           "  AND last_used_at > :used_since"
           " ORDER BY created_at DESC, id DESC LIMIT 200",
           {{"account", account.text()},
            {"now", to_unix(now)},
            {"used_since", to_unix(used_since)}})) {
    sessions.push_back(to_session(std::move(row)));
  }
  return sessions;
}

void Store::touch_session(const SessionId& id, Timestamp now) {
  transaction_.execute(
      "UPDATE sessions SET last_used_at = :now WHERE id = :id AND last_used_at < :now",
      {{"now", to_unix(now)}, {"id", id.text()}});
}

void Store::set_assurance(const SessionId& id, Assurance assurance) {
  transaction_.execute("UPDATE sessions SET assurance = :assurance WHERE id = :id",
                       {{"assurance", to_text(assurance)}, {"id", id.text()}});
}

bool Store::end_session(const SessionId& id, Timestamp now) {
  return transaction_.execute(
             "UPDATE sessions SET ended_at = :now WHERE id = :id AND ended_at IS NULL",
             {{"now", to_unix(now)}, {"id", id.text()}}) == 1;
}

void Store::end_other_sessions(const AccountId& account, const SessionId& kept, Timestamp now) {
  transaction_.execute(
      "UPDATE sessions SET ended_at = :now"
      " WHERE account_id = :account AND id <> :kept AND ended_at IS NULL",
      {{"now", to_unix(now)}, {"account", account.text()}, {"kept", kept.text()}});
}

void Store::add_refresh_token(const std::string& hash, const SessionId& session, Timestamp now) {
  transaction_.execute(
      "INSERT INTO refresh_tokens (token_hash, session_id, issued_at)"
      " VALUES (:hash, :session, :now)",
      {{"hash", hash}, {"session", session.text()}, {"now", to_unix(now)}});
}

std::optional<SessionId> Store::use_refresh_token(const std::string& hash, Timestamp now) {
  const auto row = transaction_.row<std::string>(
      "UPDATE refresh_tokens SET used_at = :now WHERE token_hash = :hash AND used_at IS NULL"
      " RETURNING session_id",
      {{"now", to_unix(now)}, {"hash", hash}});
  if (!row) return std::nullopt;
  return checked(SessionId::parse(std::get<0>(*row)), "session_id");
}

std::optional<SessionId> Store::find_used_refresh_token(const std::string& hash) {
  const auto row = transaction_.row<std::string>(
      "SELECT session_id FROM refresh_tokens WHERE token_hash = :hash AND used_at IS NOT NULL",
      {{"hash", hash}});
  if (!row) return std::nullopt;
  return checked(SessionId::parse(std::get<0>(*row)), "session_id");
}

std::optional<Timestamp> Store::lock_guard(const std::string& guard, Timestamp now) {
  const auto row = transaction_.row<std::optional<std::int64_t>>(
      "INSERT INTO guards (guard_key, changed_at) VALUES (:guard, :now)"
      " ON CONFLICT (guard_key) DO UPDATE SET changed_at = excluded.changed_at"
      " RETURNING locked_until",
      {{"guard", guard}, {"now", to_unix(now)}});
  return optional_from_unix(std::get<0>(row.value()));
}

Tries Store::count_tries(const std::string& guard, Timestamp since) {
  const auto row = transaction_.row<std::int64_t, std::int64_t, std::optional<std::int64_t>>(
      "SELECT count(*), count(CASE WHEN wrong = 1 THEN 1 END),"
      "  (SELECT locked_until FROM guards WHERE guards.guard_key = :guard)"
      " FROM tries WHERE guard_key = :guard AND tried_at > :since",
      {{"guard", guard}, {"since", to_unix(since)}});
  const auto& [reserved, wrong, locked_until] = row.value();
  return {.reserved = reserved, .wrong = wrong, .locked_until = optional_from_unix(locked_until)};
}

void Store::add_try(const std::string& id, const std::string& guard, Timestamp now) {
  transaction_.execute("INSERT INTO tries (id, guard_key, tried_at) VALUES (:id, :guard, :now)",
                       {{"id", id}, {"guard", guard}, {"now", to_unix(now)}});
}

void Store::mark_try_wrong(const std::string& id) {
  transaction_.execute("UPDATE tries SET wrong = 1 WHERE id = :id", {{"id", id}});
}

void Store::forget_try(const std::string& id) {
  transaction_.execute("DELETE FROM tries WHERE id = :id", {{"id", id}});
}

void Store::lock_until(const std::string& guard, Timestamp until) {
  transaction_.execute("UPDATE guards SET locked_until = :until WHERE guard_key = :guard",
                       {{"until", to_unix(until)}, {"guard", guard}});
  forget_wrong_tries(guard);
}

void Store::forget_wrong_tries(const std::string& guard) {
  transaction_.execute("DELETE FROM tries WHERE guard_key = :guard AND wrong = 1",
                       {{"guard", guard}});
}

Store::Throttle Store::count_request(const std::string& key, Timestamp window_start,
                                     Timestamp now) {
  const auto row = transaction_.row<std::int64_t, std::int64_t>(
      "INSERT INTO throttles (throttle_key, started_at, used) VALUES (:key, :now, 1)"
      " ON CONFLICT (throttle_key) DO UPDATE SET"
      "  used = CASE WHEN throttles.started_at > :window_start THEN throttles.used + 1 ELSE 1 END,"
      "  started_at = CASE WHEN throttles.started_at > :window_start THEN throttles.started_at"
      "    ELSE excluded.started_at END"
      " RETURNING used, started_at",
      {{"key", key}, {"now", to_unix(now)}, {"window_start", to_unix(window_start)}});
  const auto& [used, started_at] = row.value();
  return {.used = used, .started_at = from_unix(started_at)};
}

void Store::add_event(const AccountId& account, AccountEventKind kind, Timestamp now,
                      const std::string& source_address, const std::string& request_id) {
  transaction_.execute(
      "INSERT INTO account_events (id, account_id, kind, occurred_at, source_address, request_id)"
      " VALUES (:id, :account, :kind, :now, :source_address, :request_id)",
      {{"id", AccountEventId::generate().text()},
       {"account", account.text()},
       {"kind", to_text(kind)},
       {"now", to_unix(now)},
       {"source_address", source_address},
       {"request_id", request_id}});
}

std::vector<AccountEvent> Store::events(const AccountId& account,
                                        const std::optional<AccountEventId>& before,
                                        std::int64_t limit) {
  // "g" is behind every id.
  const std::string bound = before ? before->text() : "g";
  std::vector<AccountEvent> events;
  for (auto& [id, kind, occurred_at, source_address] :
       transaction_.rows<std::string, std::string, std::int64_t, std::string>(
           "SELECT id, kind, occurred_at, source_address FROM account_events"
           " WHERE account_id = :account AND id < :bound ORDER BY id DESC LIMIT :limit",
           {{"account", account.text()}, {"bound", bound}, {"limit", limit}})) {
    events.push_back({.id = checked(AccountEventId::parse(id), "id"),
                      .kind = checked(parse_account_event_kind(kind), "kind"),
                      .occurred_at = from_unix(occurred_at),
                      .source_address = std::move(source_address)});
  }
  return events;
}

void Store::add(const PartnerClient& client, Timestamp now) {
  transaction_.execute(
      "INSERT INTO partner_clients (id, name, secret_sha256, scope, created_at)"
      " VALUES (:id, :name, :secret, :scope, :now)",
      {{"id", client.id.text()},
       {"name", client.name},
       {"secret", client.secret_sha256},
       {"scope", client.scope},
       {"now", to_unix(now)}});
}

std::optional<PartnerClient> Store::find_partner_client(const PartnerClientId& id) {
  auto row = transaction_.row<std::string, std::string, std::string>(
      "SELECT name, secret_sha256, scope FROM partner_clients"
      " WHERE id = :id AND revoked_at IS NULL",
      {{"id", id.text()}});
  if (!row) return std::nullopt;
  auto& [name, secret, scope] = *row;
  return PartnerClient{.id = id,
                       .name = std::move(name),
                       .secret_sha256 = std::move(secret),
                       .scope = std::move(scope)};
}

bool Store::revoke(const PartnerClientId& id, Timestamp now) {
  return transaction_.execute(
             "UPDATE partner_clients SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL",
             {{"id", id.text()}, {"now", to_unix(now)}}) == 1;
}

std::vector<Store::SigningKey> Store::signing_keys() {
  std::vector<SigningKey> keys;
  for (auto& [number, sealed_private_key, signs_from] :
       transaction_.rows<std::int64_t, std::string, std::int64_t>(
           "SELECT number, sealed_private_key, signs_from FROM signing_keys ORDER BY number")) {
    keys.push_back({.number = number,
                    .sealed_private_key = std::move(sealed_private_key),
                    .signs_from = from_unix(signs_from)});
  }
  return keys;
}

bool Store::add(const SigningKey& key) {
  return transaction_.execute(
             "INSERT INTO signing_keys (number, sealed_private_key, signs_from)"
             " VALUES (:number, :sealed_private_key, :signs_from) ON CONFLICT DO NOTHING",
             {{"number", key.number},
              {"sealed_private_key", key.sealed_private_key},
              {"signs_from", to_unix(key.signs_from)}}) == 1;
}

void Store::forget_before(Timestamp then) {
  const auto before = to_unix(then);
  transaction_.execute("DELETE FROM emailed_codes WHERE expires_at < :before",
                       {{"before", before}});
  transaction_.execute("DELETE FROM tries WHERE tried_at < :before", {{"before", before}});
  transaction_.execute(
      "DELETE FROM guards WHERE changed_at < :before"
      "  AND (locked_until IS NULL OR locked_until < :before)"
      "  AND NOT EXISTS (SELECT 1 FROM tries WHERE tries.guard_key = guards.guard_key)",
      {{"before", before}});
  transaction_.execute("DELETE FROM throttles WHERE started_at < :before", {{"before", before}});
  transaction_.execute("DELETE FROM sign_ins WHERE expires_at < :before AND completed_at IS NULL",
                       {{"before", before}});
  transaction_.execute(
      "DELETE FROM refresh_tokens WHERE issued_at < :before AND session_id IN"
      "  (SELECT id FROM sessions WHERE expires_at < :before)",
      {{"before", before}});
}

}  // namespace identity
