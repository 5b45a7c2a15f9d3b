#include "membership/storage/rows.hpp"
#include "membership/storage/store.hpp"
#include "vocabulary/text.hpp"

namespace membership {

bool Store::is_known(const AccountId& id) {
  return transaction_.row<Integer>("SELECT 1 FROM accounts WHERE id = :id", {{"id", id.text()}})
      .has_value();
}

void Store::hold(const AccountId& id) {
  transaction_.row<Integer>("SELECT 1 FROM accounts WHERE id = :id @FOR_UPDATE@",
                            {{"id", id.text()}});
}

std::string Store::find_account_name(const AccountId& id) {
  const auto row =
      transaction_.row<Text>("SELECT name FROM accounts WHERE id = :id", {{"id", id.text()}});
  return row ? std::get<0>(*row) : "";
}

void Store::put_account(const AccountId& id, const std::string& name, Timestamp changed_at) {
  const auto changed = transaction_.execute(
      "INSERT INTO accounts (id, name, name_key, changed_at)"
      " VALUES (:id, :name, :name_key, :changed_at)"
      " ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,"
      "  changed_at = excluded.changed_at"
      "  WHERE excluded.changed_at >= accounts.changed_at",
      {{"id", id.text()},
       {"name", name},
       {"name_key", vocabulary::fold_case(name)},
       {"changed_at", vocabulary::to_unix(changed_at)}});
  if (changed == 0) return;
  transaction_.execute(
      "UPDATE memberships SET account_name_key = :name_key"
      " WHERE account_id = :id AND removed_at IS NULL",
      {{"id", id.text()}, {"name_key", vocabulary::fold_case(name)}});
}

}  // namespace membership
