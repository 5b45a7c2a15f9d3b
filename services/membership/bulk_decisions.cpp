#include "membership/bulk_decisions.hpp"

#include <set>

#include "membership/role_requests.hpp"

namespace membership {

namespace {

// All that the decisions lock, in the one order in which everybody does it: otherwise two that
// decide on the same organizations or people would wait for each other.
void hold_all(Store& store, const std::vector<WantedDecision>& wanted) {
  std::set<OrganizationId> organizations;
  std::set<AccountId> requesters;
  for (const WantedDecision& each : wanted) {
    const auto place = store.find_place_of(each.id);
    if (!place) continue;
    organizations.insert(place->organization);
    requesters.insert(place->requester);
  }
  for (const OrganizationId& id : organizations) store.hold(id);
  for (const AccountId& id : requesters) store.hold(id);
}

}  // namespace

std::vector<Outcome<RoleRequestDetails>> decide_role_requests(
    Store& store, const Act& act, const std::vector<WantedDecision>& wanted) {
  hold_all(store, wanted);
  std::vector<Outcome<RoleRequestDetails>> outcomes;
  for (const WantedDecision& each : wanted) {
    store.keep_if([&] {
      outcomes.push_back(decide_role_request(store, act, each.id, each.decision, std::nullopt));
      return outcomes.back().has_value();
    });
  }
  return outcomes;
}

}  // namespace membership
