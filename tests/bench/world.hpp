#pragma once

#include <cstdint>
#include <string>

namespace bench {

/// What the generated database holds, by number: all of it follows from how many organizations
/// there are. Each has 20 members, two of them Security Officials, and two pending requests; each
/// account is a member of two organizations. The first account of every organization's Security
/// Officials also waits for a decision elsewhere, so that its manage-access shows everything.
class World {
 public:
  explicit World(std::int64_t organizations);

  std::int64_t organizations() const { return organizations_; }
  std::int64_t accounts() const { return 10 * organizations_; }
  std::int64_t memberships() const { return 20 * organizations_; }
  std::int64_t pending() const { return 2 * organizations_; }

  static std::string account_id(std::int64_t account);
  static std::string organization_id(std::int64_t organization);

  /// The first Security Official of an organization.
  std::int64_t security_official(std::int64_t organization) const;
  /// Somebody who has nothing at `organization` and has not asked there: another for each `turn`
  /// below turns_max().
  std::int64_t stranger(std::int64_t organization, std::int64_t turn) const;
  std::int64_t turns_max() const;

  /// The statements that fill an empty, migrated database. `now` is in Unix milliseconds.
  std::string sql(bool postgresql, std::int64_t now) const;

 private:
  /// The account of `block` whose organization, with that shift, is `organization`.
  std::int64_t account(std::int64_t organization, std::int64_t block, std::int64_t shift) const;

  std::int64_t organizations_;
  std::int64_t inverse_;  // of the multiplier that scatters accounts over organizations
};

}  // namespace bench
