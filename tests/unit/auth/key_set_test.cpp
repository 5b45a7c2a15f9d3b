#include "auth/key_set.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <httplib.h>
#include <nlohmann/json.hpp>

using namespace std::chrono_literals;
using auth::Key;
using auth::KeySet;
using nlohmann::json;

namespace {

// An issuer on loopback that publishes the keys it is told to.
class Issuer {
 public:
  Issuer() {
    server_.Get("/jwks.json", [this](const httplib::Request&, httplib::Response& response) {
      ++fetches_;
      const std::lock_guard lock(mutex_);
      response.status = status_;
      response.set_content(body_, "application/json");
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::sleep_for(1ms);
  }

  ~Issuer() {
    server_.stop();
    thread_.join();
  }

  void publish(const std::vector<Key>& keys) {
    json list = json::array();
    for (const auto& key : keys) list.push_back(key.to_public_jwk());
    answer(200, json{{"keys", list}}.dump());
  }

  void answer(int status, const std::string& body) {
    const std::lock_guard lock(mutex_);
    status_ = status;
    body_ = body;
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/jwks.json"; }
  int fetches() const { return fetches_; }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
  std::mutex mutex_;
  int status_ = 200;
  std::string body_ = R"({"keys":[]})";
  std::atomic<int> fetches_{0};
};

template <class Condition>
bool eventually(Condition condition) {
  for (const auto deadline = std::chrono::steady_clock::now() + 10s;
       std::chrono::steady_clock::now() < deadline; std::this_thread::sleep_for(2ms)) {
    if (condition()) return true;
  }
  return false;
}

const auth::KeySetPace patient = {.refresh = 1h, .retry = 1h, .first_retry = 10ms, .usable = 1h};

}  // namespace

TEST_CASE("A published key is found and verifies") {
  Issuer issuer;
  const Key key = Key::generate();
  issuer.publish({Key::generate(), key});
  KeySet keys(issuer.url());
  const auto found = keys.find(key.id());
  REQUIRE(found);
  CHECK(found->verify("text", key.sign("text")));
  CHECK(keys.ready());
}

TEST_CASE("After a rotation the new key is found within one fetch") {
  Issuer issuer;
  const Key old_key = Key::generate();
  const Key new_key = Key::generate();
  issuer.publish({old_key});
  auto pace = patient;
  pace.retry = 0ms;
  KeySet keys(issuer.url(), pace);
  REQUIRE(keys.find(old_key.id()));

  issuer.publish({old_key, new_key});
  const int before = issuer.fetches();
  CHECK(keys.find(new_key.id()));
  CHECK(keys.find(old_key.id()));
  CHECK(issuer.fetches() == before + 1);

  issuer.publish({new_key});
  CHECK_FALSE(keys.find("unknown"));  // fetches
  CHECK_FALSE(keys.find(old_key.id()));
  CHECK(keys.find(new_key.id()));
}

TEST_CASE("Junk key ids, however many, cost the issuer no further fetch") {
  Issuer issuer;
  const Key key = Key::generate();
  issuer.publish({key});
  KeySet keys(issuer.url(), patient);
  REQUIRE(keys.find(key.id()));
  const int before = issuer.fetches();

  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&keys, t] {
      for (int i = 0; i < 250; ++i) keys.find("junk " + std::to_string(t * 1'000 + i));
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(issuer.fetches() == before);
  CHECK(keys.find(key.id()));
}

TEST_CASE("Many callers with a new key id share one fetch") {
  Issuer issuer;
  const Key old_key = Key::generate();
  const Key new_key = Key::generate();
  issuer.publish({old_key});
  auto pace = patient;
  pace.retry = 200ms;
  KeySet keys(issuer.url(), pace);
  REQUIRE(keys.find(old_key.id()));
  issuer.publish({new_key});
  const int before = issuer.fetches();
  std::this_thread::sleep_for(pace.retry);  // what is limited is time itself

  std::atomic<int> found{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      if (keys.find(new_key.id())) ++found;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(found == 8);
  CHECK(issuer.fetches() == before + 1);
}

TEST_CASE("While the issuer is broken its keys stay usable") {
  Issuer issuer;
  const Key key = Key::generate();
  issuer.publish({key});
  auto pace = patient;
  pace.refresh = pace.retry = 5ms;
  KeySet keys(issuer.url(), pace);
  REQUIRE(keys.find(key.id()));

  const std::pair<int, const char*> broken[] = {{500, "{}"},
                                                {404, ""},
                                                {200, "not JSON"},
                                                {200, "[]"},
                                                {200, R"({"keys":{}})"},
                                                {200, R"({"keys":[1,null,{"kty":"oct"}]})"},
                                                {200, R"({"keys":[]})"}};
  for (const auto& [status, body] : broken) {
    issuer.answer(status, body);
    const int before = issuer.fetches();
    REQUIRE(eventually([&] { return issuer.fetches() > before + 1; }));
    INFO(status << " " << body);
    CHECK(keys.ready());
    CHECK(keys.find(key.id()));
  }
}

TEST_CASE("Keys are not used longer than allowed without the issuer") {
  const Key key = Key::generate();
  auto pace = patient;
  pace.refresh = pace.retry = 5ms;
  pace.usable = 300ms;
  auto issuer = std::make_unique<Issuer>();
  issuer->publish({key});
  KeySet keys(issuer->url(), pace);
  REQUIRE(keys.find(key.id()));
  issuer.reset();
  CHECK(eventually([&] { return !keys.ready(); }));
  CHECK_FALSE(keys.find(key.id()));
}

TEST_CASE("Without an issuer there is no key, no readiness and no long wait") {
  KeySet keys("http://127.0.0.1:1/jwks.json");
  CHECK_FALSE(keys.ready());
  const auto start = std::chrono::steady_clock::now();
  CHECK_FALSE(keys.find("any"));
  CHECK(std::chrono::steady_clock::now() - start < 3s);
}

TEST_CASE("An issuer that comes up later is found without waiting for the long pace") {
  const Key key = Key::generate();
  Issuer issuer;
  issuer.answer(503, "");
  KeySet keys(issuer.url(), patient);
  REQUIRE(eventually([&] { return issuer.fetches() > 1; }));
  issuer.publish({key});
  CHECK(eventually([&] { return keys.ready(); }));
  CHECK(keys.find(key.id()));
}
