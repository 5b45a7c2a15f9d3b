#include "membership/storage/store.hpp"

#include "database/database.hpp"
#include "events/event.hpp"
#include "events/outbox.hpp"
#include "vocabulary/id.hpp"

namespace membership {

void Store::enqueue(const events::Event& event) {
  events::enqueue(transaction_, event, {"notification"});
}

void Store::record(const Act& act, const OrganizationId& organization, const std::string& subject,
                   std::string_view outcome) {
  transaction_.execute(
      "INSERT INTO audit"
      "  (id, at, actor, operation, organization_id, subject_id, outcome, request_id)"
      " VALUES (:id, :at, :actor, :operation, :organization, :subject, :outcome, :request)",
      {{"id", vocabulary::new_uuid()},
       {"at", vocabulary::to_unix(act.at)},
       {"actor", act.actor},
       {"operation", act.operation},
       {"organization", organization.text()},
       {"subject", subject},
       {"outcome", outcome},
       {"request", act.request_id}});
}

}  // namespace membership
