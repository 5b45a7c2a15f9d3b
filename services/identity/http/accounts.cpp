#include "identity/http/accounts.hpp"

#include <nlohmann/json.hpp>

#include "auth/encoding.hpp"
#include "identity/accounts.hpp"
#include "identity/http/caller.hpp"
#include "identity/http/json.hpp"
#include "identity/http/problems.hpp"
#include "identity/storage/store.hpp"
#include "web/body.hpp"
#include "web/idempotency.hpp"

namespace identity {

namespace {

using database::Transaction;

web::Response account_response(int status, const Account& account) {
  return web::json_response(status, account).with("ETag", web::entity_tag(account.version));
}

web::Response refuse_for(std::chrono::seconds wait) {
  web::Problem problem(web::problems::too_many_requests, "Try again later.");
  problem.retry_after_seconds = static_cast<int>(wait.count());
  return web::to_response(problem);
}

std::string read_name(web::BodyReader& body) {
  std::string name = body.text("name", 1, 100);
  if (vocabulary::trim(name) != name) body.fail("name", "must not begin or end with a space");
  return name;
}

// Longer than any profile allows: its own rule tells how long a password may be.
std::string read_new_password(web::BodyReader& body, const char* field) {
  return body.free_text(field, 1, 1'024);
}

}  // namespace

web::Response create_account(Service& service, const web::Request& request) {
  web::BodyReader body(request);
  const auto user_id = UserId::parse(body.text("userId", 6, 64));
  if (!user_id) body.fail("userId", "may have letters, digits, '.', '_' and '-' only");
  const auto email_address = EmailAddress::parse(body.text("emailAddress", 3, 254));
  if (!email_address) body.fail("emailAddress", "is not an email address");
  const std::string name = read_name(body);
  const std::string password = read_new_password(body, "password");
  const auto& profile = service.settings.password_profile;
  if (user_id && email_address) {
    if (const auto fault = find_fault(profile, password, *user_id, *email_address)) {
      body.fail("password", describe(*fault, profile));
    }
  }
  body.finish();

  const auto origin = origin_of(service, request);
  if (const auto wait = throttle(service, "createAccount:" + network_of(origin.source_address),
                                 service.settings.accounts_per_hour, origin.now)) {
    return refuse_for(*wait);
  }
  const auto hash = service.passwords.hash(password);
  if (!hash) return refuse(hash.error());
  const NewAccount account{
      .user_id = *user_id, .password_hash = *hash, .name = name, .email_address = *email_address};
  const auto response =
      web::act_once(service.database, request, origin.now, [&](Transaction& transaction) {
        const auto created = create_account(service, transaction, account, origin);
        if (!created) return refuse(created.error());
        return account_response(201, *created)
            .with("Location", "/v1/accounts/" + created->id.text());
      });
  service.wake_relay();
  return response;
}

web::Response verify_email_address(Service& service, const web::Request& request) {
  const auto id = web::path_id<AccountId>(request, "id");
  web::BodyReader body(request);
  const std::string code = body.text("code", 1, 32);
  body.finish();

  const auto origin = origin_of(service, request);
  const auto expected = service.database.write(
      [&](Transaction& transaction) { return try_verification_code(transaction, id, origin.now); });
  const auto response =
      web::act_once(service.database, request, origin.now, [&](Transaction& transaction) {
        const auto verified =
            verify_email_address(service, transaction, id, expected, code, origin);
        return verified ? account_response(200, *verified) : refuse(verified.error());
      });
  service.wake_relay();
  return response;
}

web::Response send_verification_code(Service& service, const web::Request& request) {
  const auto id = web::path_id<AccountId>(request, "id");
  web::BodyReader(request).finish();

  const auto origin = origin_of(service, request);
  const auto per_hour = service.settings.verification_codes_per_hour;
  if (const auto wait =
          throttle(service, "sendVerificationCode:" + network_of(origin.source_address), per_hour,
                   origin.now)) {
    return refuse_for(*wait);
  }
  // Who asks from many addresses is not told, but has no more codes sent than others.
  const bool may_send =
      !throttle(service, "sendVerificationCode:" + id.text(), per_hour, origin.now);
  const auto response =
      web::act_once(service.database, request, origin.now, [&](Transaction& transaction) {
        if (may_send) send_verification_code(service, transaction, id, origin);
        return web::json_response(202, nlohmann::json::object());
      });
  service.wake_relay();
  return response;
}

web::Response get_account(Service& service, const web::Request& request) {
  return account_response(200, signed_in(service, request, origin_of(service, request)).account);
}

web::Response update_account(Service& service, const web::Request& request) {
  const auto origin = origin_of(service, request);
  const auto caller = signed_in(service, request, origin);
  const auto version = web::required_if_match(request);
  web::BodyReader body(request);
  const std::string name = read_name(body);
  body.finish();

  const auto response =
      web::act_once(service.database, request, origin.now, [&](Transaction& transaction) {
        const auto renamed = rename_account(transaction, caller.account.id, name, version, origin);
        return renamed ? account_response(200, *renamed) : refuse(renamed.error());
      });
  service.wake_relay();
  return response;
}

web::Response change_password(Service& service, const web::Request& request) {
  const auto origin = origin_of(service, request);
  const auto [account, session] = signed_in(service, request, origin);
  web::BodyReader body(request);
  const std::string current_password = body.free_text("currentPassword", 1, 128);
  const std::string new_password = read_new_password(body, "newPassword");
  const auto& profile = service.settings.password_profile;
  if (const auto fault =
          find_fault(profile, new_password, account.user_id, account.email_address)) {
    body.fail("newPassword", describe(*fault, profile));
  }
  body.finish();
  if (!may_change_password(session.assurance, account.totp_enrolled(),
                           service.settings.totp_required)) {
    return refuse(Refusal::second_factor_too_weak);
  }

  const auto hash =
      prepare_password_change(service, account, current_password, new_password, origin);
  const auto response =
      web::act_once(service.database, request, origin.now,
                    [&, &account = account, &session = session](Transaction& transaction) {
                      if (!hash) return refuse(hash.error());
                      const auto changed =
                          change_password(service, transaction, account, session.id, *hash, origin);
                      return changed ? web::no_content() : refuse(changed.error());
                    });
  service.wake_relay();
  return response;
}

web::Response list_account_events(Service& service, const web::Request& request) {
  const auto caller = signed_in(service, request, origin_of(service, request));
  web::QueryReader query(request);
  const auto limit = query.integer("limit", 1, 200, 50);
  std::optional<AccountEventId> before;
  if (const auto cursor = query.text("cursor", 100)) {
    before = AccountEventId::parse(auth::from_base64url(*cursor).value_or(""));
    if (!before) query.fail("cursor", "is not a cursor of this list");
  }
  query.finish();

  auto events = service.database.read([&](Transaction& transaction) {
    return Store(transaction).events(caller.account.id, before, limit + 1);
  });
  nlohmann::json next_cursor;
  if (static_cast<std::int64_t>(events.size()) > limit) {
    events.pop_back();
    next_cursor = auth::to_base64url(events.back().id.text());
  }
  return web::json_response(200, {{"items", events}, {"nextCursor", next_cursor}});
}

}  // namespace identity
