#include "database/database.hpp"
#include "membership/storage/store.hpp"
#include "support/membership_guide.hpp"

// What the statements themselves refuse, should a rule or a lock ever let it through.
using namespace testing;

TEST_CASE("A role request is closed once, whatever the rules let through") {
  Guide guide(GENERATE(from_range(database_kinds())));
  const auto request = guide.service.role_request(guide.acme, guide.thomas);
  const auto withdrawn = *withdraw(request, guide.thomas, guide.service.now());
  const auto close = [&] {
    return guide.service.database().write([&](database::Transaction& transaction) {
      return Store(transaction).record_closing(withdrawn);
    });
  };
  CHECK(close());
  CHECK_FALSE(close());
}

TEST_CASE("A membership is removed once, whatever the rules let through") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto removed = guide.rebecca_at_acme;
  removed.removal = Removal{
      .removed_by = guide.elizabeth, .removed_at = guide.service.now(), .reason = std::nullopt};
  const auto remove = [&] {
    return guide.service.database().write([&](database::Transaction& transaction) {
      return Store(transaction).record_removal(removed);
    });
  };
  CHECK(remove());
  CHECK_THROWS_AS(remove(), std::logic_error);
  CHECK(guide.service.count("SELECT member_count FROM organizations WHERE id = '" +
                            guide.acme.id.text() + "'") == 2);
}
