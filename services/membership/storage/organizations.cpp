#include <chrono>

#include "membership/storage/rows.hpp"
#include "membership/storage/store.hpp"
#include "vocabulary/text.hpp"

namespace membership {

namespace {

constexpr std::chrono::hours search_window{1};

}  // namespace

bool Store::lock_organization(const OrganizationId& id) {
  return transaction_.execute("UPDATE organizations SET version = version + 1 WHERE id = :id",
                              {{"id", id.text()}}) == 1;
}

bool Store::hold(const OrganizationId& id) {
  return transaction_
      .row<Integer>("SELECT 1 FROM organizations WHERE id = :id @FOR_UPDATE@", {{"id", id.text()}})
      .has_value();
}

std::optional<Organization> Store::find_organization(const OrganizationId& id) {
  return read(Columns<OrganizationRow>::first(transaction_,
                                              "SELECT " ORGANIZATION_COLUMNS
                                              " FROM organizations o WHERE o.id = :id",
                                              {{"id", id.text()}}),
              read_organization);
}

std::optional<Organization> Store::find_organization(OrganizationType type,
                                                     const std::string& identifier) {
  return read(
      Columns<OrganizationRow>::first(transaction_,
                                      "SELECT " ORGANIZATION_COLUMNS " FROM organizations o"
                                      " WHERE o.type = :type AND o.identifier = :identifier",
                                      {{"type", to_text(type)}, {"identifier", identifier}}),
      read_organization);
}

void Store::add(const Organization& organization) {
  transaction_.execute(
      "INSERT INTO organizations"
      "  (id, type, identifier, name, name_key, taxpayer_identification_number, address,"
      "   clinician_count)"
      " VALUES (:id, :type, :identifier, :name, :name_key, :tin, :address, :clinicians)",
      {{"id", organization.id.text()},
       {"type", to_text(organization.type)},
       {"identifier", organization.identifier},
       {"name", organization.name},
       {"name_key", vocabulary::fold_case(organization.name)},
       {"tin", organization.tin.text()},
       {"address", organization.address},
       {"clinicians", organization.clinician_count}});
}

void Store::describe(const Organization& organization) {
  transaction_.execute(
      "UPDATE organizations SET name = :name, name_key = :name_key,"
      "       taxpayer_identification_number = :tin, address = :address,"
      "       clinician_count = :clinicians"
      " WHERE id = :id",
      {{"id", organization.id.text()},
       {"name", organization.name},
       {"name_key", vocabulary::fold_case(organization.name)},
       {"tin", organization.tin.text()},
       {"address", organization.address},
       {"clinicians", organization.clinician_count}});
}

std::int64_t Store::count_pending(const OrganizationId& organization, Timestamp now) {
  const auto row = transaction_.row<Integer>(
      "SELECT " PENDING_COUNT " FROM organizations o WHERE o.id = :organization",
      {{"organization", organization.text()}, {"now", vocabulary::to_unix(now)}});
  return std::get<0>(row.value());
}

std::vector<OrganizationCard> Store::list_cards(const AccountId& account,
                                                std::optional<OrganizationType> type, Timestamp now,
                                                std::size_t limit) {
  using Row = std::tuple<Text, Text, Text, Text, Text, Text, Integer, Integer, Integer, Integer,
                         Text, Integer>;
  const auto read_card = +[](Row&& row) {
    auto& [id, type_text, identifier, name, tin, address, officials, members, version, clinicians,
           role, pending] = row;
    return OrganizationCard{
        .organization = read_organization({id, type_text, identifier, name, tin, address, officials,
                                           members, version, clinicians}),
        .your_role = checked(parse_role(role), "role"),
        .pending_count = pending};
  };
  return read(
      Columns<Row>::all(transaction_,
                        "SELECT " ORGANIZATION_COLUMNS ", m.role,"
                        "       CASE WHEN m.role = 'securityOfficial' THEN " PENDING_COUNT
                        "       ELSE 0 END"
                        "  FROM memberships m JOIN organizations o ON o.id = m.organization_id"
                        " WHERE m.account_id = :account AND m.removed_at IS NULL"
                        "   AND (CAST(:type AS TEXT) = '' OR o.type = CAST(:type AS TEXT))"
                        " ORDER BY o.name_key, o.id LIMIT :limit",
                        {{"account", account.text()},
                         {"type", type ? to_text(*type) : ""},
                         {"now", vocabulary::to_unix(now)},
                         {"limit", limit}}),
      read_card);
}

std::map<OrganizationType, std::int64_t> Store::count_organizations(const AccountId& account) {
  std::map<OrganizationType, std::int64_t> counts;
  for (const OrganizationType type : organization_types) counts[type] = 0;
  const auto rows = transaction_.rows<Text, Integer>(
      "SELECT o.type, COUNT(*) FROM memberships m"
      "  JOIN organizations o ON o.id = m.organization_id"
      " WHERE m.account_id = :account AND m.removed_at IS NULL GROUP BY o.type",
      {{"account", account.text()}});
  for (const auto& [type, count] : rows) {
    counts[checked(parse_organization_type(type), "type")] = count;
  }
  return counts;
}

std::vector<Store::Miscount> Store::list_miscounts() {
  using Row = std::tuple<Text, Integer, Integer, Integer, Integer, Integer, Integer>;
  const auto rows = Columns<Row>::all(
      transaction_,
      "SELECT o.id, o.member_count, COALESCE(m.members, 0), o.security_official_count,"
      "       COALESCE(m.officials, 0), o.pending_count, COALESCE(r.pending, 0)"
      "  FROM organizations o"
      "  LEFT JOIN (SELECT organization_id, COUNT(*) AS members,"
      "                    SUM(CASE WHEN role = 'securityOfficial' THEN 1 ELSE 0 END) AS officials"
      "               FROM memberships WHERE removed_at IS NULL GROUP BY organization_id) m"
      "    ON m.organization_id = o.id"
      "  LEFT JOIN (SELECT organization_id, COUNT(*) AS pending"
      "               FROM role_requests WHERE status = 'pending' GROUP BY organization_id) r"
      "    ON r.organization_id = o.id"
      " WHERE o.member_count <> COALESCE(m.members, 0)"
      "    OR o.security_official_count <> COALESCE(m.officials, 0)"
      "    OR o.pending_count <> COALESCE(r.pending, 0)"
      " ORDER BY o.id",
      {});
  std::vector<Miscount> miscounts;
  for (const auto& [id, members, counted_members, officials, counted_officials, pending,
                    counted_pending] : rows) {
    const auto compare = [&, organization = checked_id<OrganizationId>(id)](
                             const char* counter, Integer kept, Integer counted) {
      if (kept != counted) miscounts.push_back({organization, counter, kept, counted});
    };
    compare("member_count", members, counted_members);
    compare("security_official_count", officials, counted_officials);
    compare("pending_count", pending, counted_pending);
  }
  return miscounts;
}

Store::Searches Store::count_search(const AccountId& account, Timestamp now) {
  const auto row = transaction_.row<Integer, Integer>(
      "INSERT INTO organization_searches (account_id, window_started_at, searches)"
      " VALUES (:account, :now, 1)"
      " ON CONFLICT (account_id) DO UPDATE SET"
      "  searches = CASE WHEN organization_searches.window_started_at <= :window_over THEN 1"
      "             ELSE organization_searches.searches + 1 END,"
      "  window_started_at ="
      "    CASE WHEN organization_searches.window_started_at <= :window_over"
      "    THEN excluded.window_started_at ELSE organization_searches.window_started_at END"
      " RETURNING searches, window_started_at",
      {{"account", account.text()},
       {"now", vocabulary::to_unix(now)},
       {"window_over", vocabulary::to_unix(now - search_window)}});
  const auto& [count, started_at] = row.value();
  return {.count = count, .window_over_at = vocabulary::from_unix(started_at) + search_window};
}

void Store::forget_old_searches(Timestamp now) {
  transaction_.execute("DELETE FROM organization_searches WHERE window_started_at <= :window_over",
                       {{"window_over", vocabulary::to_unix(now - search_window)}});
}

}  // namespace membership
