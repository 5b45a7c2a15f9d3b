#include "histories/linearizability.hpp"

#include <catch2/catch.hpp>

using namespace histories;

namespace {

/// A register that starts at 0: "write 1", "read 1", and "swap 0 1", which answers whether it did.
struct Access {
  enum class Kind { write, read, swapped, not_swapped } kind;
  int value;
  int expected = 0;
  Span span;
};

Access wrote(int value, std::int64_t invoked, std::int64_t returned) {
  return {Access::Kind::write, value, 0, {invoked, returned}};
}

Access saw(int value, std::int64_t invoked, std::int64_t returned) {
  return {Access::Kind::read, value, 0, {invoked, returned}};
}

Access swapped(int expected, int value, bool swapped, std::int64_t invoked, std::int64_t returned) {
  return {swapped ? Access::Kind::swapped : Access::Kind::not_swapped,
          value,
          expected,
          {invoked, returned}};
}

std::optional<int> apply(int state, const Access& access) {
  switch (access.kind) {
    case Access::Kind::write: return access.value;
    case Access::Kind::read: return access.value == state ? std::optional(state) : std::nullopt;
    case Access::Kind::swapped:
      return state == access.expected ? std::optional(access.value) : std::nullopt;
    case Access::Kind::not_swapped:
      return state == access.expected ? std::nullopt : std::optional(state);
  }
  std::abort();  // not an enumerator
}

Linearization search(const std::vector<Access>& calls, std::size_t tries_max = 1'000'000) {
  return linearize(
      calls, 0, [](const Access& access) { return access.span; }, apply,
      [](int state) { return std::to_string(state); },
      [](const Access& access) {
        return access.kind == Access::Kind::read || access.kind == Access::Kind::not_swapped;
      },
      tries_max);
}

bool accepts(const std::vector<Access>& calls) {
  return search(calls).complete;
}

}  // namespace

TEST_CASE("The empty history and a sequential one that follows the rules are linearizable") {
  CHECK(accepts({}));
  CHECK(accepts({wrote(1, 0, 1), saw(1, 2, 3), wrote(2, 4, 5), saw(2, 6, 7)}));
}

TEST_CASE("A read after a write has returned must see it") {
  CHECK_FALSE(accepts({wrote(1, 0, 1), saw(0, 2, 3)}));
}

TEST_CASE("A read during a write may see it or not") {
  CHECK(accepts({wrote(1, 0, 10), saw(0, 1, 2)}));
  CHECK(accepts({wrote(1, 0, 10), saw(1, 1, 2)}));
}

TEST_CASE("Once a read during a write has seen it, later reads must see it too") {
  CHECK(accepts({wrote(1, 0, 10), saw(0, 1, 2), saw(1, 3, 4)}));
  CHECK_FALSE(accepts({wrote(1, 0, 10), saw(1, 1, 2), saw(0, 3, 4)}));
}

TEST_CASE("A write that would change nothing at first may come later") {
  CHECK(accepts({wrote(0, 0, 10), wrote(1, 0, 10), saw(0, 20, 21)}));
}

TEST_CASE("A lost update is not linearizable") {
  CHECK(accepts({swapped(0, 1, true, 0, 10), swapped(0, 2, false, 0, 10)}));
  CHECK_FALSE(accepts({swapped(0, 1, true, 0, 10), swapped(0, 2, true, 0, 10)}));
}

TEST_CASE("A refusal without a reason is not linearizable") {
  CHECK_FALSE(accepts({swapped(0, 1, false, 0, 1)}));
}

TEST_CASE("An order is found among many calls at once, and it gives the answers") {
  std::vector<Access> calls;
  for (int i = 0; i < 16; ++i) calls.push_back(swapped(15 - i, 16 - i, true, 0, 100));
  const auto found = search(calls);
  REQUIRE(found.complete);
  int state = 0;
  for (const std::size_t call : found.order) state = apply(state, calls[call]).value();
  CHECK(state == 16);
}

TEST_CASE("What was tried before is not tried again") {
  // 12 writes have 12! orders, but only 12 * 2^12 states with what is done.
  std::vector<Access> calls;
  for (int i = 0; i < 12; ++i) calls.push_back(wrote(i + 1, 0, 100));
  calls.push_back(saw(99, 200, 201));
  const auto found = search(calls, 12 << 12);
  CHECK_FALSE(found.complete);
  CHECK(found.order.size() == 12);
}

TEST_CASE("A search that would never end says so") {
  std::vector<Access> calls;
  for (int i = 0; i < 30; ++i) calls.push_back(wrote(i + 1, 0, 100));
  calls.push_back(saw(99, 200, 201));
  CHECK_THROWS(search(calls, 10'000));
}

TEST_CASE("A failing history is shown without what does not matter") {
  const std::vector<Access> calls = {saw(0, 0, 1),   wrote(1, 2, 3), saw(1, 4, 5),
                                     wrote(2, 6, 7), saw(1, 8, 9),   wrote(3, 10, 11)};
  const auto kept = minimize(
      calls, [](const auto& fewer) { return !accepts(fewer); },
      [](const Access& access) { return access.kind == Access::Kind::read; });
  REQUIRE(kept.size() == 4);
  CHECK(kept[2].kind == Access::Kind::read);
  CHECK(kept[2].span.invoked == 8);
}
