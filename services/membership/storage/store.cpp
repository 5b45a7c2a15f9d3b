#include "membership/storage/store.hpp"

#include "events/event.hpp"
#include "events/outbox.hpp"

namespace membership {

bool Store::keep_if(const std::function<bool()>& act) {
  transaction_.execute("SAVEPOINT part");
  const bool kept = act();
  if (!kept) transaction_.execute("ROLLBACK TO SAVEPOINT part");
  transaction_.execute("RELEASE SAVEPOINT part");
  return kept;
}

void Store::enqueue(const events::Event& event) {
  events::enqueue(transaction_, event, {"notification"});
}

}  // namespace membership
