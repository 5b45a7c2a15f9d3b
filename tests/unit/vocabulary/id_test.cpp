#include "vocabulary/id.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace vocabulary;

TEST_CASE("100,000 ids in a row strictly increase") {
  std::string last = new_uuid();
  for (int i = 0; i < 100'000; ++i) {
    std::string next = new_uuid();
    if (!(last < next)) FAIL(last << " is not before " << next);
    last = std::move(next);
  }
}

TEST_CASE("Ids increase within each thread and are unique among all") {
  constexpr std::size_t each = 25'000;
  std::vector<std::vector<std::string>> made(4);
  std::vector<std::thread> threads;
  for (auto& ids : made) {
    threads.emplace_back([&ids] {
      for (std::size_t i = 0; i < each; ++i) ids.push_back(new_uuid());
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& ids : made) {
    CHECK(std::is_sorted(ids.begin(), ids.end()));
    all.insert(ids.begin(), ids.end());
  }
  CHECK(all.size() == made.size() * each);
}

TEST_CASE("A new id is a UUID of version 7 and of the RFC's variant") {
  const std::string id = new_uuid();
  CHECK(is_uuid(id));
  CHECK(id[14] == '7');
  CHECK(std::string("89ab").find(id[19]) != std::string::npos);
}

TEST_CASE("Only canonical lower-case text is an id") {
  CHECK(AccountId::parse("01890a5d-ac96-774b-bcce-b302099a8057")->text() ==
        "01890a5d-ac96-774b-bcce-b302099a8057");
  for (const char* text :
       {"", "01890A5D-AC96-774B-BCCE-B302099A8057", "01890a5dac96774bbcceb302099a8057",
        "{01890a5d-ac96-774b-bcce-b302099a8057}", "01890a5d-ac96-774b-bcce-b302099a805",
        "01890a5d-ac96-774b-bcce-b302099a80577", "01890a5d-ac96-774b-bcce-b302099a805g",
        "01890a5d_ac96_774b_bcce_b302099a8057", " 01890a5d-ac96-774b-bcce-b302099a8057",
        "01890a5d-ac96-774b-bcce-b302099a8057 ", "01890a5d-ac96-774b-bcce-b302099a805\xC3\xA9",
        "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"}) {
    INFO(text);
    CHECK_FALSE(AccountId::parse(text));
  }
}
