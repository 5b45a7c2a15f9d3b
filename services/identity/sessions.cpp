#include "identity/sessions.hpp"

#include "auth/encoding.hpp"
#include "identity/audit.hpp"
#include "identity/storage/store.hpp"

namespace identity {

Tokens issue_tokens(const Service& service, database::Transaction& transaction,
                    const Account& account, const Session& session, Timestamp now) {
  // 32 random bytes cannot be guessed from their hash.
  const std::string refresh_token = auth::to_base64url(auth::random_bytes(32));
  Store(transaction).add_refresh_token(auth::sha256_hex(refresh_token), session.id, now);

  const auto expires_at =
      password_expires_at(service.settings.password_profile, account.password_changed_at);
  const bool must_change_password = expires_at && *expires_at <= now;
  return {.access_token = service.keys.sign_person_token(
              session, must_change_password ? "identity" : "countersign"),
          .expires_in = service.settings.access_token_lifetime,
          .refresh_token = refresh_token,
          .session = session.id,
          .assurance = session.assurance};
}

Result<Tokens, Refusal> refresh_tokens(const Service& service, database::Transaction& transaction,
                                       const std::string& refresh_token, const Origin& origin) {
  Store store(transaction);
  const auto id = store.use_refresh_token(auth::sha256_hex(refresh_token), origin.now);
  if (!id) return Refusal::refresh_token_refused;
  const auto signed_in = find_signed_in(service, transaction, *id, origin.now);
  if (!signed_in) return Refusal::refresh_token_refused;
  store.touch_session(*id, origin.now);
  return issue_tokens(service, transaction, signed_in->account, signed_in->session, origin.now);
}

void end_session_of_reused_token(database::Transaction& transaction,
                                 const std::string& refresh_token, const Origin& origin) {
  Store store(transaction);
  const auto id = store.find_used_refresh_token(auth::sha256_hex(refresh_token));
  if (!id || !store.end_session(*id, origin.now)) return;
  const auto session = store.find_session(*id).value();
  audit(transaction, session.account, AccountEventKind::refresh_token_reused, origin);
}

std::optional<SignedIn> find_signed_in(const Service& service, database::Transaction& transaction,
                                       const SessionId& id, Timestamp now) {
  Store store(transaction);
  const auto session = store.find_session(id);
  if (!session || !is_alive(*session, service.settings.sessions, now)) return std::nullopt;
  return SignedIn{.account = store.find_account(session->account).value(), .session = *session};
}

std::vector<Session> list_sessions(const Service& service, database::Transaction& transaction,
                                   const AccountId& account, Timestamp now) {
  return Store(transaction).open_sessions(account, now, now - service.settings.sessions.idle_max);
}

Result<Session, Refusal> revoke_session(database::Transaction& transaction,
                                        const AccountId& account, const SessionId& id,
                                        AccountEventKind kind, const Origin& origin) {
  Store store(transaction);
  const auto session = store.find_session(id);
  if (!session || session->account != account) return Refusal::session_not_found;
  if (store.end_session(id, origin.now)) audit(transaction, account, kind, origin);
  return *session;
}

}  // namespace identity
