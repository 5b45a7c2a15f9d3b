#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "identity/domain/account.hpp"
#include "identity/domain/account_event.hpp"
#include "identity/domain/session.hpp"
#include "identity/service.hpp"

namespace identity {

/// What a client gets for a sign-in or a refresh token.
struct Tokens {
  std::string access_token;
  std::chrono::seconds expires_in;
  std::string refresh_token;
  SessionId session;
  Assurance assurance;
};

/// Tokens of a session; the refresh token is a new one of its family.
Tokens issue_tokens(const Service& service, database::Transaction& transaction,
                    const Account& account, const Session& session, Timestamp now);

/// Exchanges a refresh token, once.
Result<Tokens, Refusal> refresh_tokens(const Service& service, database::Transaction& transaction,
                                       const std::string& refresh_token, const Origin& origin);

/// After a refusal: a token that was used before is in two hands, so its session ends.
void end_session_of_reused_token(database::Transaction& transaction,
                                 const std::string& refresh_token, const Origin& origin);

/// The session and its account, when it is alive: tokens outlive sessions by some minutes.
struct SignedIn {
  Account account;
  Session session;
};
std::optional<SignedIn> find_signed_in(const Service& service, database::Transaction& transaction,
                                       const SessionId& id, Timestamp now);

/// The account's living sessions, latest first.
std::vector<Session> list_sessions(const Service& service, database::Transaction& transaction,
                                   const AccountId& account, Timestamp now);

/// Ends a session of that account; again is fine.
Result<Session, Refusal> revoke_session(database::Transaction& transaction,
                                        const AccountId& account, const SessionId& id,
                                        AccountEventKind kind, const Origin& origin);

}  // namespace identity
