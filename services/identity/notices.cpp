#include "identity/notices.hpp"

#include <nlohmann/json.hpp>

#include "events/outbox.hpp"
#include "vocabulary/id.hpp"

namespace identity {

namespace {

events::Event event_of(const AccountId& account, const char* type, Timestamp now,
                       nlohmann::json data) {
  data["accountId"] = account.text();
  return {.id = vocabulary::new_uuid(),
          .source = "/identity",
          .type = type,
          .subject = account.text(),
          .time = now,
          .data = std::move(data)};
}

}  // namespace

void tell_account(database::Transaction& transaction, const Account& account, const char* type,
                  Timestamp now) {
  events::enqueue(
      transaction,
      event_of(account.id, type, now,
               {{"name", account.name}, {"emailAddress", account.email_address.text()}}),
      {"membership", "notification"});
}

void tell_code(database::Transaction& transaction, const Account& account, CodePurpose purpose,
               const std::string& code, Timestamp expires_at, Timestamp now) {
  events::enqueue(transaction,
                  event_of(account.id, "account.codeIssued", now,
                           {{"emailAddress", account.email_address.text()},
                            {"code", code},
                            {"purpose", to_text(purpose)},
                            {"expiresAt", vocabulary::to_text(expires_at)}}),
                  {"notification"});
}

void tell_owner(database::Transaction& transaction, const AccountId& account, const char* type,
                Timestamp now) {
  events::enqueue(transaction, event_of(account, type, now, nlohmann::json::object()),
                  {"notification"});
}

}  // namespace identity
