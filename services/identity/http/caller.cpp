#include "identity/http/caller.hpp"

#include "identity/storage/store.hpp"

namespace identity {

Origin origin_of(const Service& service, const web::Request& request) {
  return {
      .now = service.clock(), .source_address = request.source_address, .request_id = request.id};
}

SignedIn signed_in(const Service& service, const web::Request& request, const Origin& origin) {
  const auto id = SessionId::parse(request.caller().session);
  const auto found =
      service.database.read([&](database::Transaction& transaction) -> std::optional<SignedIn> {
        if (!id) return std::nullopt;
        return find_signed_in(service, transaction, *id, origin.now);
      });
  if (!found || found->account.id.text() != request.caller().subject) {
    throw web::Problem(web::problems::unauthenticated, "The session is over. Sign in again.");
  }
  // To the minute is exact enough, and keeps most reads from writing.
  if (origin.now - found->session.last_used_at >= std::chrono::minutes(1)) {
    service.database.write([&](database::Transaction& transaction) {
      Store(transaction).touch_session(found->session.id, origin.now);
    });
  }
  return *found;
}

}  // namespace identity
