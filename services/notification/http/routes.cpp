#include "notification/http/routes.hpp"

#include "notification/http/handlers.hpp"

namespace notification {

namespace {

using web::Access;
using web::Method;

auto handlers_of(Service& service) {
  return [&service](web::Response (*operation)(Service&, const web::Request&)) -> web::Handler {
    return
        [&service, operation](const web::Request& request) { return operation(service, request); };
  };
}

}  // namespace

// clang-format off
std::vector<web::Route> routes(Service& service) {
  const auto by = handlers_of(service);
  return {
      {Method::get,  "/v1/notifications",                "listNotifications",          Access::person,    by(list_notifications)},
      {Method::get,  "/v1/notifications/unread-count",   "getUnreadNotificationCount", Access::person,    by(get_unread_notification_count)},
      {Method::post, "/v1/notifications/{id}/mark-read", "markNotificationRead",       Access::person,    by(mark_notification_read)},
      {Method::post, "/v1/notifications/mark-all-read",  "markAllNotificationsRead",   Access::person,    by(mark_all_notifications_read)},
      {Method::get,  "/v1/support-contact",              "getSupportContact",          Access::anonymous, by(get_support_contact)},
  };
}

std::vector<web::Route> internal_routes(Service& service) {
  constexpr std::size_t batch_bytes_max = 8 * 1024 * 1024;
  const auto by = handlers_of(service);
  return {
      {Method::post, "/internal/v1/events",        "receiveEvents",    Access::service, by(receive_events), batch_bytes_max},
      {Method::get,  "/internal/v1/parked-emails", "listParkedEmails", Access::service, by(list_parked_emails)},
  };
}
// clang-format on

}  // namespace notification
