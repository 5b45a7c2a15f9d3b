#pragma once

#include "notification/service.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace notification {

// Each handler is named by its operationId in openapi.yaml.
web::Response list_notifications(Service&, const web::Request&);
web::Response get_unread_notification_count(Service&, const web::Request&);
web::Response mark_notification_read(Service&, const web::Request&);
web::Response mark_all_notifications_read(Service&, const web::Request&);
web::Response get_support_contact(Service&, const web::Request&);

// On the internal listener.
web::Response receive_events(Service&, const web::Request&);
web::Response list_parked_emails(Service&, const web::Request&);

}  // namespace notification
