#include "identity/http/sessions.hpp"

#include <nlohmann/json.hpp>

#include "identity/http/caller.hpp"
#include "identity/http/json.hpp"
#include "identity/http/problems.hpp"
#include "identity/sessions.hpp"
#include "web/body.hpp"
#include "web/idempotency.hpp"

namespace identity {

namespace {

using database::Transaction;

web::Response end_session(Service& service, const web::Request& request, const SignedIn& caller,
                          const SessionId& id, AccountEventKind kind, const Origin& origin) {
  return web::act_once(service.database, request, origin.now, [&](Transaction& transaction) {
    const auto ended = revoke_session(transaction, caller.account.id, id, kind, origin);
    return ended ? web::no_content() : refuse(ended.error());
  });
}

}  // namespace

web::Response refresh_tokens(Service& service, const web::Request& request) {
  web::BodyReader body(request);
  const std::string refresh_token = body.text("refreshToken", 1, 512);
  body.finish();

  const auto origin = origin_of(service, request);
  return web::act_once(
      service.database, request, origin.now,
      [&](Transaction& transaction) {
        const auto tokens = refresh_tokens(service, transaction, refresh_token, origin);
        return tokens ? web::json_response(200, *tokens) : refuse(tokens.error());
      },
      [&](Transaction& transaction, const web::Response&) {
        end_session_of_reused_token(transaction, refresh_token, origin);
      });
}

web::Response sign_out(Service& service, const web::Request& request) {
  const auto origin = origin_of(service, request);
  const auto caller = signed_in(service, request, origin);
  web::BodyReader(request).finish();
  return end_session(service, request, caller, caller.session.id, AccountEventKind::signed_out,
                     origin);
}

web::Response list_sessions(Service& service, const web::Request& request) {
  const auto origin = origin_of(service, request);
  const auto caller = signed_in(service, request, origin);
  auto items = nlohmann::json::array();
  for (const auto& session : service.database.read([&](Transaction& transaction) {
         return list_sessions(service, transaction, caller.account.id, origin.now);
       })) {
    nlohmann::json item = session;
    item["current"] = session.id == caller.session.id;
    items.push_back(std::move(item));
  }
  return web::json_response(200, {{"items", std::move(items)}, {"nextCursor", nullptr}});
}

web::Response revoke_session(Service& service, const web::Request& request) {
  const auto origin = origin_of(service, request);
  const auto caller = signed_in(service, request, origin);
  const auto id = web::path_id<SessionId>(request, "id");
  web::BodyReader(request).finish();
  return end_session(service, request, caller, id, AccountEventKind::session_revoked, origin);
}

}  // namespace identity
