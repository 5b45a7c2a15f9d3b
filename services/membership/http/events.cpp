#include "membership/http/events.hpp"

#include "events/inbox.hpp"
#include "membership/accounts.hpp"

namespace membership {

web::Response receive_events(Service& service, const web::Request& request) {
  return events::receive(service.database, request, service.clock(), take_account_event);
}

}  // namespace membership
