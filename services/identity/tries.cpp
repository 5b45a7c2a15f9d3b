#include "identity/tries.hpp"

#include "identity/audit.hpp"
#include "identity/notices.hpp"
#include "identity/storage/store.hpp"
#include "vocabulary/id.hpp"

namespace identity {

namespace {

std::string guard_of(const AccountId& account) {
  return "account:" + account.text();
}

std::string guard_of(const Origin& origin) {
  return "network:" + network_of(origin.source_address);
}

Tries lock_and_count(Store& store, const std::string& guard, const LockoutPolicy& policy,
                     Timestamp now) {
  const auto locked_until = store.lock_guard(guard, now);
  Tries tries = store.count_tries(guard, now - policy.window);
  tries.locked_until = locked_until;
  return tries;
}

bool lock_when_earned(Store& store, const std::string& guard, const LockoutPolicy& policy,
                      Timestamp now) {
  const auto until = earned_lock(policy, lock_and_count(store, guard, policy, now), now);
  if (until) store.lock_until(guard, *until);
  return until.has_value();
}

}  // namespace

// The account's guard is always locked before the network's: otherwise two could wait for each
// other.

std::optional<Try> reserve_try(const Service& service, database::Transaction& transaction,
                               const std::optional<AccountId>& account, const Origin& origin) {
  Store store(transaction);
  bool may = true;
  if (account) {
    const auto& policy = service.settings.account_lockout;
    may =
        may_try(policy, lock_and_count(store, guard_of(*account), policy, origin.now), origin.now);
  }
  const auto& policy = service.settings.network_lockout;
  may = may_try(policy, lock_and_count(store, guard_of(origin), policy, origin.now), origin.now) &&
        may;
  if (!may) return std::nullopt;

  Try reserved{.id = vocabulary::new_uuid(), .account = account};
  if (account) store.add_try(reserved.id, guard_of(*account), origin.now);
  store.add_try(reserved.id, guard_of(origin), origin.now);
  return reserved;
}

void forget_try(database::Transaction& transaction, const Try& reserved) {
  Store(transaction).forget_try(reserved.id);
}

void record_wrong_try(const Service& service, database::Transaction& transaction,
                      const Try& reserved, AccountEventKind kind, const Origin& origin) {
  Store store(transaction);
  if (reserved.account) store.lock_guard(guard_of(*reserved.account), origin.now);
  store.lock_guard(guard_of(origin), origin.now);
  store.mark_try_wrong(reserved.id);
  if (reserved.account) {
    audit(transaction, *reserved.account, kind, origin);
    if (lock_when_earned(store, guard_of(*reserved.account), service.settings.account_lockout,
                         origin.now)) {
      audit(transaction, *reserved.account, AccountEventKind::locked, origin);
      tell_owner(transaction, *reserved.account, "account.locked", origin.now);
    }
  }
  lock_when_earned(store, guard_of(origin), service.settings.network_lockout, origin.now);
}

void forget_wrong_tries(database::Transaction& transaction, const AccountId& account,
                        const Origin& origin) {
  Store store(transaction);
  store.lock_guard(guard_of(account), origin.now);
  store.forget_wrong_tries(guard_of(account));
}

}  // namespace identity
