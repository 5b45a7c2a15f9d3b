#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <random>
#include <thread>

#include <catch2/catch.hpp>

#include "histories/service.hpp"
#include "histories/world.hpp"

using namespace histories;

namespace {

std::uint64_t number_from(const char* variable, std::uint64_t fallback) {
  const char* text = std::getenv(variable);
  return text && *text ? std::stoull(text) : fallback;
}

std::uint64_t seed() {
  static const std::uint64_t chosen = number_from("HISTORIES_SEED", std::random_device{}());
  return chosen;
}

bool has_postgresql() {
  const auto kinds = testing::database_kinds();
  return std::find(kinds.begin(), kinds.end(), database::Kind::postgresql) != kinds.end();
}

struct Plan {
  std::size_t worlds;
  std::size_t clients_least = 2;
  std::size_t clients_most = 16;
  std::size_t calls_least = 10;
  std::size_t calls_most = 60;
};

/// Worlds of `plan`, each from a seed of its own. Groups of them share people: who is asked what
/// one manages is also told of organizations where others play.
std::vector<World> make_worlds(const Plan& plan, Service& service) {
  std::vector<World> worlds;
  std::vector<std::vector<Person>> officials;
  std::mt19937_64 random(seed());
  const auto between = [&](std::size_t least, std::size_t most) {
    return least + random() % (most - least + 1);
  };
  constexpr std::size_t people_most = 16, worlds_per_people = 20;
  service.start();
  const auto people = service.add_people((plan.worlds / worlds_per_people + 1) * people_most);
  for (std::size_t i = 0; i < plan.worlds; ++i) {
    World world{
        .seed = random(), .organizations = {}, .people = {}, .clients = 0, .calls_per_client = 0};
    world.clients = between(plan.clients_least, plan.clients_most);
    const auto calls = between(plan.calls_least, plan.calls_most);
    world.calls_per_client = (calls + world.clients - 1) / world.clients;
    const auto persons = between(2, std::max<std::size_t>(3, world.clients));
    const auto first =
        people.begin() + static_cast<std::ptrdiff_t>(i / worlds_per_people * people_most);
    world.people.assign(first, first + static_cast<std::ptrdiff_t>(std::min(persons, people_most)));
    world.organizations.resize(between(1, 2));
    for (std::size_t o = 0; o < world.organizations.size(); ++o) {
      const auto count =
          random() % 8 == 0 ? 0 : between(1, std::min<std::size_t>(4, world.people.size()));
      officials.emplace_back(world.people.begin(),
                             world.people.begin() + static_cast<std::ptrdiff_t>(count));
    }
    worlds.push_back(std::move(world));
  }
  auto imported = service.import(officials);
  auto next = imported.begin();
  for (auto& world : worlds) {
    for (auto& organization : world.organizations) organization = *next++;
  }
  return worlds;
}

std::size_t count_changes(const std::vector<Call>& history) {
  return static_cast<std::size_t>(
      std::count_if(history.begin(), history.end(), [](const Call& call) {
        return call.succeeded() && !call.replayed && !call.operation.starts_with("get") &&
               !call.operation.starts_with("list");
      }));
}

void check_worlds(const Plan& plan, database::Kind kind,
                  const testing::ServiceProcess::Settings& settings = {}) {
  std::cout << "HISTORIES_SEED=" << seed() << std::endl;
  const auto begun = std::chrono::steady_clock::now();
  Service service(kind, settings);
  const auto worlds = make_worlds(plan, service);
  const auto ready = std::chrono::steady_clock::now();

  constexpr std::size_t lanes = 4;
  std::atomic<std::size_t> next = 0, calls = 0, changes = 0;
  std::mutex mutex;
  std::string fault;
  {
    std::vector<std::jthread> threads;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      threads.emplace_back([&] {
        std::vector<testing::Client> connections(plan.clients_most, testing::Client(service.url()));
        for (std::size_t i; (i = next++) < worlds.size();) {
          std::string found;
          try {
            const auto history = play(worlds[i], connections);
            calls += history.size();
            changes += count_changes(history);
            found = fault_in(worlds[i], history).value_or("");
          } catch (const std::exception& error) {
            found = error.what();
          }
          if (found.empty()) continue;
          const std::lock_guard lock(mutex);
          if (fault.empty()) fault = "world " + std::to_string(i) + ": " + found;
          next = worlds.size();
        }
      });
    }
  }
  const auto seconds = [](auto from, auto to) {
    return std::chrono::duration<double>(to - from).count();
  };
  std::cout << worlds.size() << " histories, " << calls << " calls, " << changes
            << " of them changed something; set up in " << seconds(begun, ready) << " s, played in "
            << seconds(ready, std::chrono::steady_clock::now()) << " s" << std::endl;
  INFO("again: HISTORIES_SEED=" << seed());
  INFO(fault);
  REQUIRE(fault.empty());
}

}  // namespace

TEST_CASE("Concurrent histories follow the rules in some order on SQLite") {
  check_worlds({.worlds = number_from("HISTORIES", 2'000)}, database::Kind::sqlite);
}

TEST_CASE("Concurrent histories follow the rules in some order on PostgreSQL") {
  if (has_postgresql()) {
    check_worlds({.worlds = number_from("HISTORIES", 2'000)}, database::Kind::postgresql);
  }
}
