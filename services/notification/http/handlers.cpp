#include "notification/http/handlers.hpp"

#include <nlohmann/json.hpp>

#include "events/inbox.hpp"
#include "notification/events.hpp"
#include "notification/http/json.hpp"
#include "notification/http/pages.hpp"
#include "notification/notifications.hpp"
#include "notification/storage/store.hpp"
#include "web/body.hpp"
#include "web/idempotency.hpp"

namespace notification {

namespace {

std::optional<bool> parse_bool(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

AccountId caller_of(const web::Request& request) {
  return AccountId::parse(request.caller().subject).value();
}

void expect_no_fields(const web::Request& request) {
  web::BodyReader(request).finish();
}

}  // namespace

web::Response list_notifications(Service& service, const web::Request& request) {
  web::QueryReader query(request);
  const bool unread_only = query.choice("unread", parse_bool).value_or(false);
  const auto page = read_page_query(query);
  query.finish();
  return page_response(
      list_notifications(service, caller_of(request), unread_only, page.after, page.limit));
}

web::Response get_unread_notification_count(Service& service, const web::Request& request) {
  const auto account = caller_of(request);
  const auto count = service.database.read(
      [&](database::Transaction& transaction) { return Store(transaction).count_unread(account); });
  return web::json_response(200, {{"unreadCount", count}});
}

web::Response mark_notification_read(Service& service, const web::Request& request) {
  const auto id = web::path_id<NotificationId>(request, "id");
  expect_no_fields(request);
  const auto account = caller_of(request);
  const auto now = service.clock();
  return web::act_once(service.database, request, now, [&](database::Transaction& transaction) {
    const auto marked = Store(transaction).mark_read(id, account, now);
    if (marked) return web::json_response(200, *marked);
    return web::to_response({web::problems::not_found, "There is nothing at this address."});
  });
}

web::Response mark_all_notifications_read(Service& service, const web::Request& request) {
  expect_no_fields(request);
  const auto account = caller_of(request);
  const auto now = service.clock();
  return web::act_once(service.database, request, now, [&](database::Transaction& transaction) {
    const auto count = Store(transaction).mark_all_read(account, now);
    return web::json_response(200, {{"markedCount", count}});
  });
}

web::Response get_support_contact(Service& service, const web::Request&) {
  return web::json_response(200, service.contact);
}

web::Response receive_events(Service& service, const web::Request& request) {
  const auto now = service.clock();
  auto response =
      events::receive(service.database, request, now,
                      [now](database::Transaction& transaction, const events::Event& event) {
                        take_event(transaction, event, now);
                      });
  service.wake_sender();
  return response;
}

web::Response list_parked_emails(Service& service, const web::Request& request) {
  web::QueryReader query(request);
  const auto page = read_page_query(query);
  query.finish();
  return page_response(list_parked_emails(service, page.after, page.limit));
}

}  // namespace notification
