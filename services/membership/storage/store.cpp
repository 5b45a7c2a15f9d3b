#include "membership/storage/store.hpp"

#include "events/event.hpp"
#include "events/outbox.hpp"

namespace membership {

void Store::enqueue(const events::Event& event) {
  events::enqueue(transaction_, event, {"notification"});
}

}  // namespace membership
