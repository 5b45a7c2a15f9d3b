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
  bool is_member(std::int64_t account, std::int64_t organization) const;

  /// The statements that fill an empty, migrated database. `now` is in Unix milliseconds.
  std::string sql(bool postgresql, std::int64_t now) const;

 private:
  std::int64_t organizations_;
  std::int64_t inverse_;  // of the multiplier that scatters accounts over organizations
};

/// A request that nobody made yet, and who may decide it.
struct Ask {
  std::int64_t requester;
  std::int64_t organization;
  std::int64_t decider;
};

/// What one of `clients` asks for, one after the other: its own organizations, so that no two
/// clients meet in one, for a hundred requesters of its own.
class Asks {
 public:
  Asks(const World& world, std::int64_t client, std::int64_t clients)
      : world_(world), client_(client), clients_(clients) {}

  /// Throws std::runtime_error when all has been asked for.
  Ask next();

 private:
  World world_;
  std::int64_t client_;
  std::int64_t clients_;
  std::int64_t asked_ = 0;
};

}  // namespace bench
