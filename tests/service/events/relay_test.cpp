#include "events/relay.hpp"

#include <atomic>
#include <future>
#include <mutex>
#include <numeric>
#include <random>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "delivery.hpp"
#include "support/peer.hpp"

using namespace std::chrono_literals;
using events::Relay;
using testing::Delivery;
using testing::eventually;
using testing::Peer;

namespace {

const events::RelayOptions quick{
    .backoff_first = 5ms, .backoff_max = 50ms, .lease = 1'000ms, .poll = 20ms};

std::vector<events::Consumer> notification(const std::string& url) {
  return {{"notification", url, [] { return "token"; }}};
}

std::vector<std::int64_t> numbers_up_to(std::int64_t last) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(last));
  std::iota(numbers.begin(), numbers.end(), 1);
  return numbers;
}

Peer::Response answer(const web::Response& response) {
  return {response.status, response.body};
}

}  // namespace

TEST_CASE("Events leave with the act that queued them, or not at all") {
  Delivery delivery(GENERATE(from_range(testing::database_kinds())));
  std::mutex mutex;
  std::vector<Peer::Request> requests;
  Peer consumer([&](const Peer::Request& request) {
    const std::lock_guard lock(mutex);
    requests.push_back(request);
    return answer(delivery.receive(request.body));
  });
  CHECK_THROWS(delivery.database().write([](database::Transaction& transaction) {
    events::enqueue(transaction, Delivery::event("a", 1), {"notification"});
    throw std::runtime_error("the act failed");
  }));
  Relay relay(delivery.database(), notification(consumer.url()), {.poll = 1h});
  delivery.enqueue("a", 2);
  relay.wake();
  REQUIRE(eventually([&] { return relay.backlog().waiting == 0 && delivery.taken_count() == 1; }));
  CHECK(delivery.taken("a") == std::vector<std::int64_t>{2});
  const std::lock_guard lock(mutex);
  CHECK(requests.at(0).path == "/internal/v1/events");
  CHECK(requests.at(0).content_type == "application/cloudevents-batch+json");
  CHECK(requests.at(0).authorization == "Bearer token");
}

TEST_CASE(
    "Late answers, 500s and lost connections: each event is taken once, in order per subject") {
  Delivery delivery(GENERATE(from_range(testing::database_kinds())));
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mutex mutex;
  std::mt19937 random(seed);
  std::atomic<int> calls = 0;
  Peer consumer([&](const Peer::Request& request) -> Peer::Response {
    ++calls;
    const auto luck = [&] {
      const std::lock_guard lock(mutex);
      return random() % 100;
    }();
    if (luck < 15) return {.status = 500};
    if (luck < 30) return {.status = 200, .drop_connection = true};
    const auto response = delivery.receive(request.body);
    if (luck < 45) return {.status = 200, .drop_connection = true};
    if (luck < 60) return {.status = 200, .body = "{\"results\":[]}"};
    if (luck < 64) std::this_thread::sleep_for(700ms);  // beyond the deadline: half the lease
    return answer(response);
  });
  constexpr int subjects = 12;
  constexpr int events_each = 25;
  {
    auto options = quick;
    options.batch_max = 10;
    Relay relay(delivery.database(), notification(consumer.url()), options);
    Relay replica(delivery.database(), notification(consumer.url()), options);
    std::vector<std::thread> senders;
    for (int sender = 0; sender < 4; ++sender) {
      senders.emplace_back([&, sender] {
        for (int number = 1; number <= events_each; ++number) {
          for (int subject = sender; subject < subjects; subject += 4) {
            delivery.enqueue(std::to_string(subject), number);
          }
          relay.wake();
        }
      });
    }
    for (auto& sender : senders) sender.join();
    CHECK(eventually([&] { return relay.backlog().waiting == 0; }));
    CHECK(relay.backlog().parked == 0);
  }
  for (int subject = 0; subject < subjects; ++subject) {
    CHECK(delivery.taken(std::to_string(subject)) == numbers_up_to(events_each));
  }
  CHECK(calls > subjects * events_each / 10);
}

TEST_CASE("Two relays never have events of one subject on the way at the same time") {
  Delivery delivery(GENERATE(from_range(testing::database_kinds())));
  for (int number = 1; number <= 40; ++number) {
    for (const char* subject : {"a", "b", "c"}) delivery.enqueue(subject, number);
  }
  std::mutex mutex;
  std::multiset<std::string> on_the_way;
  std::atomic<bool> collided = false;
  Peer consumer([&](const Peer::Request& request) {
    std::set<std::string> subjects;
    for (const auto& event : nlohmann::json::parse(request.body))
      subjects.insert(event.at("subject"));
    {
      const std::lock_guard lock(mutex);
      for (const auto& subject : subjects) {
        if (on_the_way.contains(subject)) collided = true;
        on_the_way.insert(subject);
      }
    }
    std::this_thread::sleep_for(5ms);
    const auto response = delivery.receive(request.body);
    const std::lock_guard lock(mutex);
    for (const auto& subject : subjects) on_the_way.erase(on_the_way.find(subject));
    return answer(response);
  });
  {
    auto options = quick;
    options.batch_max = 3;
    options.lease = 30s;
    Relay first(delivery.database(), notification(consumer.url()), options);
    Relay second(delivery.database(), notification(consumer.url()), options);
    Relay third(delivery.database(), notification(consumer.url()), options);
    CHECK(eventually([&] { return first.backlog().waiting == 0; }));
  }
  CHECK_FALSE(collided);
  for (const char* subject : {"a", "b", "c"}) CHECK(delivery.taken(subject) == numbers_up_to(40));
}

TEST_CASE(
    "A poison event is parked after some tries, others flow meanwhile, its subject after it") {
  Delivery delivery(GENERATE(from_range(testing::database_kinds())));
  delivery.enqueue("a", 1);
  delivery.enqueue("a", 2);
  delivery.enqueue("a", 3);
  delivery.enqueue("b", 1);
  std::atomic<int> refusals = 0;
  std::atomic<bool> others_flowed_first = false;
  Peer consumer([&](const Peer::Request& request) {
    return answer(delivery.receive(
        request.body, [&](database::Transaction& transaction, const events::Event& event) {
          if (event.subject == "a" && event.data.at("number") == 2) {
            if (++refusals == 4) others_flowed_first = delivery.taken_count() == 2;
            throw std::invalid_argument(std::string("two\0\n is refused ", 17) +
                                        std::string(400, 'e') + "é");
          }
          Delivery::take(transaction, event);
        }));
  });
  auto options = quick;
  options.attempts_max = 4;
  Relay relay(delivery.database(), notification(consumer.url()), options);
  REQUIRE(eventually([&] { return relay.backlog().waiting == 0; }));
  CHECK(relay.backlog().parked == 1);
  CHECK(refusals == 4);
  CHECK(others_flowed_first);
  CHECK(delivery.taken("a") == std::vector<std::int64_t>{1, 3});
  CHECK(delivery.taken("b") == std::vector<std::int64_t>{1});
}

TEST_CASE("An event that makes the consumer refuse the whole batch is found and parked") {
  Delivery delivery(GENERATE(from_range(testing::database_kinds())));
  for (int number = 1; number <= 9; ++number) delivery.enqueue(std::to_string(number), number);
  Peer consumer([&](const Peer::Request& request) -> Peer::Response {
    if (request.body.find("\"number\":4}") != std::string::npos) return {413};
    return answer(delivery.receive(request.body));
  });
  auto options = quick;
  options.attempts_max = 2;
  Relay relay(delivery.database(), notification(consumer.url()), options);
  REQUIRE(eventually([&] { return relay.backlog().waiting == 0; }));
  CHECK(relay.backlog().parked == 1);
  CHECK(delivery.taken_count() == 8);
}

TEST_CASE("A consumer that is away parks nothing, and the backlog drains when it returns") {
  Delivery delivery(GENERATE(from_range(testing::database_kinds())));
  const auto handle = [&](const Peer::Request& request) {
    return answer(delivery.receive(request.body));
  };
  std::uint16_t port = 0;
  { port = Peer(handle).port(); }
  for (int number = 1; number <= 120; ++number) delivery.enqueue("a", number);
  std::atomic<int> tries = 0;
  auto options = quick;
  options.attempts_max = 1;
  Relay relay(delivery.database(),
              {{"notification", "http://127.0.0.1:" + std::to_string(port),
                [&] {
                  ++tries;
                  return "token";
                }}},
              options);
  REQUIRE(eventually([&] { return tries >= 5; }));
  CHECK(relay.backlog().waiting == 120);
  const Peer returned(handle, port);
  REQUIRE(eventually([&] { return relay.backlog().waiting == 0; }));
  CHECK(relay.backlog().parked == 0);
  CHECK(delivery.taken("a") == numbers_up_to(120));
}

TEST_CASE("What was taken while the own database was locked is settled when it is free again") {
  Delivery delivery(GENERATE(from_range(testing::database_kinds())));
  const auto url = delivery.url();
  database::Database relays(url, {.wait = 50ms});
  for (int number = 1; number <= 3; ++number) delivery.enqueue("a", number);
  std::promise<void> release;
  auto released = release.get_future().share();
  std::atomic<int> deliveries = 0;
  std::thread locker;
  Peer consumer([&](const Peer::Request& request) {
    const auto response = delivery.receive(request.body);
    if (++deliveries == 1) {
      std::promise<void> locked;
      auto is_locked = locked.get_future();
      locker = std::thread([&delivery, &locked, released] {
        delivery.database().write([&](database::Transaction& transaction) {
          transaction.execute("UPDATE outbox SET attempts = attempts");
          locked.set_value();
          released.wait();
        });
      });
      is_locked.wait();
    }
    return answer(response);
  });
  auto options = quick;
  options.lease = 1h;
  Relay relay(relays, notification(consumer.url()), options);
  CHECK(eventually([&] { return deliveries == 1; }));
  std::this_thread::sleep_for(300ms);  // the relay tries and fails meanwhile
  release.set_value();
  CHECK(eventually([&] { return relay.backlog().waiting == 0; }));
  locker.join();
  delivery.enqueue("a", 4);
  CHECK(eventually([&] { return delivery.taken("a") == numbers_up_to(4); }));
  CHECK(eventually([&] { return deliveries == 2; }));  // counted after it is taken
}

TEST_CASE("A token that is no longer good is fetched anew at once") {
  Delivery delivery(GENERATE(from_range(testing::database_kinds())));
  delivery.enqueue("a", 1);
  Peer consumer([&](const Peer::Request& request) -> Peer::Response {
    if (request.authorization != "Bearer fresh") return {401};
    return answer(delivery.receive(request.body));
  });
  std::atomic<bool> forgotten = false;
  auto options = quick;
  options.backoff_first = options.backoff_max = 1h;
  Relay relay(
      delivery.database(),
      {{"notification", consumer.url(), [&] { return std::string(forgotten ? "fresh" : "stale"); },
        [&] { forgotten = true; }}},
      options);
  CHECK(eventually([&] { return delivery.taken_count() == 1; }));
}

TEST_CASE("Each consumer gets its own copy, and one that is away does not hold up the other") {
  Delivery delivery(GENERATE(from_range(testing::database_kinds())));
  delivery.database().write([](database::Transaction& transaction) {
    events::enqueue(transaction, Delivery::event("a", 1), {"membership", "notification"});
  });
  std::string away;
  {
    away = Peer([](const Peer::Request&) { return Peer::Response{200}; }).url();
  }
  Peer consumer(
      [&](const Peer::Request& request) { return answer(delivery.receive(request.body)); });
  Relay relay(delivery.database(),
              {{"membership", away, [] { return ""; }}, notification(consumer.url())[0]}, quick);
  CHECK(eventually([&] { return delivery.taken_count() == 1 && relay.backlog().waiting == 1; }));
}
