#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "histories/call.hpp"
#include "histories/model.hpp"
#include "histories/service.hpp"
#include "support/http.hpp"

namespace histories {

/// A few organizations and people, and the clients who act for them.
struct World {
  std::uint64_t seed;
  std::vector<Imported> organizations;
  std::vector<Person> people;
  std::string partner_token;
  Terms terms;
  std::size_t clients;  // 1: one after the other, each call by anybody
  std::size_t calls_per_client;
};

/// Lets random clients do random things at once, over connections of their own; what was called
/// and answered. `connections` are at least as many as there are clients.
std::vector<Call> play(const World& world, std::vector<testing::Client>& connections);

struct Verdict {
  std::string fault;              // readable; "" when the history follows the rules
  std::set<std::string> rulings;  // lines of the decision table that decided
};

/// A history follows the rules when at each organization the answers are those of the model in some
/// order that respects who came before whom.
Verdict judge(const World& world, const std::vector<Call>& history);

}  // namespace histories
