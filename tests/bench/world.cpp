#include "bench/world.hpp"

#include <cstdio>
#include <stdexcept>
#include <utility>

namespace bench {

namespace {

// Accounts come in ten blocks, each as large as there are organizations; within a block, account i
// meets organization (i * multiplier + block * stride + shift) mod organizations.
constexpr std::int64_t multiplier = 7919;
constexpr std::int64_t stride = 13;
constexpr std::int64_t pending_shift = 500;
constexpr std::int64_t requesters_per_client = 100;
constexpr std::int64_t first_requester_block = 3;

std::string id(int table, std::int64_t number) {
  char text[64];
  std::snprintf(text, sizeof text, "019200%02d-0000-7000-8000-%012llx", table,
                static_cast<unsigned long long>(number));
  return text;
}

std::string replace(std::string text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

// "$id(01, x)" and "$pad(9, x)" are spelled differently by the two databases.
std::string spell(std::string sql, bool postgresql) {
  for (const std::string name : {"$id(", "$pad("}) {
    for (auto at = sql.find(name); at != std::string::npos; at = sql.find(name)) {
      const auto comma = sql.find(',', at);
      const auto end = sql.find("$)", comma);
      const auto first = sql.substr(at + name.size(), comma - at - name.size());
      const auto number = "(" + sql.substr(comma + 1, end - comma - 1) + ")";
      std::string spelled;
      if (name == "$id(") {
        const auto front = "019200" + first + "-0000-7000-8000-";
        spelled = postgresql ? "('" + front + "' || lpad(to_hex(" + number + "), 12, '0'))"
                             : "printf('" + front + "%012x', " + number + ")";
      } else {
        spelled = postgresql ? "lpad(CAST(" + number + " AS TEXT), " + first + ", '0')"
                             : "printf('%0" + first + "d', " + number + ")";
      }
      sql.replace(at, end + 2 - at, spelled);
    }
  }
  return sql;
}

}  // namespace

World::World(std::int64_t organizations) : organizations_(organizations), inverse_(1) {
  while (inverse_ * (multiplier % organizations_) % organizations_ != 1) ++inverse_;
}

std::string World::account_id(std::int64_t account) {
  return id(1, account);
}

std::string World::organization_id(std::int64_t organization) {
  return id(2, organization);
}

std::int64_t World::security_official(std::int64_t organization) const {
  return organization * inverse_ % organizations_;
}

bool World::is_member(std::int64_t account, std::int64_t organization) const {
  const auto block = account / organizations_;
  const auto first = account % organizations_ * multiplier + block * stride;
  return first % organizations_ == organization ||
         (first + 1 + 37 * block) % organizations_ == organization;
}

Ask Asks::next() {
  for (;;) {
    const auto own = (world_.organizations() - client_ + clients_ - 1) / clients_;
    const auto requester = asked_ / own;
    if (requester == requesters_per_client) throw std::runtime_error("all has been asked for");
    const Ask ask{.requester = first_requester_block * world_.organizations() +
                               client_ * requesters_per_client + requester,
                  .organization = client_ + asked_ % own * clients_,
                  .decider = world_.security_official(client_ + asked_ % own * clients_)};
    ++asked_;
    if (!world_.is_member(ask.requester, ask.organization)) return ask;
  }
}

std::string World::sql(bool postgresql, std::int64_t now) const {
  std::string text = R"(
WITH RECURSIVE n (i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 10 * $O - 1)
INSERT INTO accounts (id, name, name_key, changed_at)
SELECT $id(01, i$), 'Person ' || $pad(7, i$), 'person ' || $pad(7, i$), 0 FROM n;

WITH RECURSIVE n (i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $O - 1)
INSERT INTO organizations (id, type, identifier, name, name_key, taxpayer_identification_number,
                           address, security_official_count, member_count, pending_count)
SELECT $id(02, i$),
       CASE i % 4 WHEN 0 THEN 'practice' WHEN 1 THEN 'apmEntity' WHEN 2 THEN 'virtualGroup'
       ELSE 'registry' END,
       CASE i % 4 WHEN 0 THEN $pad(9, i$) WHEN 1 THEN 'A' || $pad(6, i$)
       WHEN 2 THEN 'VG' || $pad(6, i$) ELSE 'REG' || $pad(6, i$) END,
       'Organization ' || $pad(6, i$), 'organization ' || $pad(6, i$), $pad(9, i$),
       $pad(4, i % 9000$) || ' Main Street, Springfield', 2, 20, 2
  FROM n;

WITH RECURSIVE n (i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 20 * $O - 1),
  placed (i, account, shift) AS (
    SELECT i, i / 2, CASE i % 2 WHEN 0 THEN 0 ELSE 1 + 37 * (i / 2 / $O) END FROM n)
INSERT INTO memberships (id, account_id, account_name_key, organization_id, role, granted_at)
SELECT $id(03, i$), $id(01, account$), 'person ' || $pad(7, account$),
       $id(02, (account % $O * $M + account / $O * $S + shift) % $O$),
       CASE WHEN shift = 0 AND account < 2 * $O THEN 'securityOfficial' ELSE 'staffUser' END,
       $NOW - 100 * $DAY
  FROM placed;

WITH RECURSIVE n (i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 2 * $O - 1),
  asked (i, account) AS (SELECT i, i + i / $O * $O FROM n)
INSERT INTO role_requests (id, requester_id, organization_id, role, requested_at, expires_at, status,
                           waiting_since, reminder_due_at)
SELECT $id(04, i$), $id(01, account$),
       $id(02, (account % $O * $M + account / $O * $S + $P) % $O$),
       'staffUser', $NOW - i % 20 * $DAY, $NOW + (30 - i % 20) * $DAY, 'pending',
       $NOW - i % 20 * $DAY, NULL
  FROM asked;
)";
  for (const auto& [what, number] :
       {std::pair{"$NOW", now}, std::pair{"$O", organizations_}, std::pair{"$M", multiplier},
        std::pair{"$S", stride}, std::pair{"$P", pending_shift}}) {
    text = replace(std::move(text), what, std::to_string(number));
  }
  text = replace(std::move(text), "$DAY", "CAST(86400000 AS BIGINT)");
  return spell(std::move(text), postgresql);
}

}  // namespace bench
