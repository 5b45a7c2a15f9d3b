#include <utility>

#include "membership/storage/rows.hpp"
#include "membership/storage/store.hpp"
#include "vocabulary/text.hpp"

namespace membership {

std::optional<Membership> Store::find_active_membership(const AccountId& account,
                                                        const OrganizationId& organization) {
  auto found = read(Columns<MembershipRow>::first(
                        transaction_,
                        "SELECT " MEMBERSHIP_COLUMNS
                        "  FROM memberships m LEFT JOIN accounts a ON a.id = m.account_id"
                        " WHERE m.account_id = :account AND m.organization_id = :organization"
                        "   AND m.removed_at IS NULL",
                        {{"account", account.text()}, {"organization", organization.text()}}),
                    read_membership);
  if (!found) return std::nullopt;
  return std::move(found->membership);
}

std::optional<MembershipDetails> Store::find_membership(const MembershipId& id) {
  return read(Columns<MembershipRow>::first(
                  transaction_,
                  "SELECT " MEMBERSHIP_COLUMNS
                  "  FROM memberships m LEFT JOIN accounts a ON a.id = m.account_id"
                  " WHERE m.id = :id",
                  {{"id", id.text()}}),
              read_membership);
}

std::optional<Store::MemberPosition> Store::find_position(const OrganizationId& organization,
                                                          const MembershipId& id) {
  auto row = transaction_.row<Text>(
      "SELECT account_name_key FROM memberships"
      " WHERE id = :id AND organization_id = :organization",
      {{"id", id.text()}, {"organization", organization.text()}});
  if (!row) return std::nullopt;
  return MemberPosition{std::get<0>(*std::move(row)), id.text()};
}

std::vector<MembershipDetails> Store::list_members(const OrganizationId& organization,
                                                   const MemberFilter& filter,
                                                   const MemberPosition& after, std::size_t limit) {
  return read(Columns<MembershipRow>::all(
                  transaction_,
                  "SELECT " MEMBERSHIP_COLUMNS
                  "  FROM memberships m LEFT JOIN accounts a ON a.id = m.account_id"
                  " WHERE m.organization_id = :organization AND m.removed_at IS NULL"
                  "   AND (m.account_name_key, m.id) > (:name_key, :id)"
                  "   AND m.account_name_key LIKE :pattern ESCAPE '!'"
                  "   AND (CAST(:role AS TEXT) = '' OR m.role = CAST(:role AS TEXT))"
                  "   AND m.granted_at > :granted_after AND m.granted_at < :granted_before"
                  " ORDER BY m.account_name_key, m.id LIMIT :limit",
                  {{"organization", organization.text()},
                   {"name_key", after.name_key},
                   {"id", after.id},
                   {"pattern", pattern_containing(filter.search)},
                   {"role", filter.role ? to_text(*filter.role) : ""},
                   {"granted_after", lower_bound(filter.granted_after)},
                   {"granted_before", upper_bound(filter.granted_before)},
                   {"limit", limit}}),
              read_membership);
}

std::vector<AccountId> Store::list_security_officials(const OrganizationId& organization) {
  return read(
      transaction_.rows<Text>("SELECT account_id FROM memberships"
                              " WHERE organization_id = :organization AND removed_at IS NULL"
                              "   AND role = 'securityOfficial' ORDER BY account_id",
                              {{"organization", organization.text()}}),
      +[](std::tuple<Text>&& row) { return checked_id<AccountId>(std::get<0>(row)); });
}

void Store::add(const Membership& membership) {
  // Locked, so that a name that changes meanwhile finds this row.
  const auto name = transaction_.row<Text>("SELECT name FROM accounts WHERE id = :id @FOR_UPDATE@",
                                           {{"id", membership.member.text()}});
  transaction_.execute(
      "INSERT INTO memberships (id, account_id, account_name_key, organization_id, role, "
      "granted_at)"
      " VALUES (:id, :account, :name_key, :organization, :role, :granted_at)",
      {{"id", membership.id.text()},
       {"account", membership.member.text()},
       {"name_key", vocabulary::fold_case(name ? std::get<0>(*name) : "")},
       {"organization", membership.organization.text()},
       {"role", to_text(membership.role)},
       {"granted_at", vocabulary::to_unix(membership.granted_at)}});
  count_members(membership.organization,
                {.members = 1, .security_officials = membership.role == Role::security_official});
}

void Store::count_members(const OrganizationId& organization, const MemberCounts& more) {
  if (uncounted_) {
    auto& waiting = (*uncounted_)[organization];
    waiting.members += more.members;
    waiting.security_officials += more.security_officials;
    return;
  }
  transaction_.execute(
      "UPDATE organizations SET member_count = member_count + :members,"
      "       security_official_count = security_official_count + :officials"
      " WHERE id = :organization",
      {{"organization", organization.text()},
       {"members", more.members},
       {"officials", more.security_officials}});
}

void Store::count_members_after(const std::function<void()>& act) {
  uncounted_.emplace();
  act();
  const auto waiting = *std::exchange(uncounted_, std::nullopt);
  for (const auto& [organization, more] : waiting) count_members(organization, more);
}

bool Store::take_security_official(const OrganizationId& organization) {
  return transaction_.execute(
             "UPDATE organizations SET security_official_count = security_official_count - 1"
             " WHERE id = :organization AND security_official_count > 1",
             {{"organization", organization.text()}}) == 1;
}

bool Store::change_role(const Membership& membership, Role role) {
  if (membership.role == role) return true;
  if (role == Role::staff_user && !take_security_official(membership.organization)) return false;
  transaction_.execute("UPDATE memberships SET role = :role, version = version + 1 WHERE id = :id",
                       {{"id", membership.id.text()}, {"role", to_text(role)}});
  if (role == Role::security_official) {
    count_members(membership.organization, {.members = 0, .security_officials = 1});
  }
  return true;
}

bool Store::record_removal(const Membership& removed) {
  if (removed.role == Role::security_official && !take_security_official(removed.organization)) {
    return false;
  }
  write_removal(removed);
  return true;
}

void Store::record_service_center_removal(const Membership& removed) {
  if (removed.role == Role::security_official) {
    transaction_.execute(
        "UPDATE organizations SET security_official_count = security_official_count - 1"
        " WHERE id = :organization",
        {{"organization", removed.organization.text()}});
  }
  write_removal(removed);
}

void Store::write_removal(const Membership& removed) {
  const Removal& removal = removed.removal.value();
  const auto written = transaction_.execute(
      "UPDATE memberships SET removed_by = :by, removed_at = :at, removal_reason = :reason,"
      "       version = version + 1"
      " WHERE id = :id AND removed_at IS NULL",
      {{"id", removed.id.text()},
       {"by", removal.removed_by.text()},
       {"at", vocabulary::to_unix(removal.removed_at)},
       {"reason", removal.reason}});
  if (written != 1) throw std::logic_error("a membership was removed twice under one lock");
  transaction_.execute("UPDATE organizations SET member_count = member_count - 1 WHERE id = :id",
                       {{"id", removed.organization.text()}});
}

}  // namespace membership
