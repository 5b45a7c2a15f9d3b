#include "auth/service_token.hpp"

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <httplib.h>
#include <nlohmann/json.hpp>

#include "rest_client/rest_client.hpp"

using auth::ServiceToken;
using nlohmann::json;

namespace {

// Identity's token endpoint: numbered tokens that live for `lifetime` seconds.
class TokenEndpoint {
 public:
  explicit TokenEndpoint(json expires_in) : expires_in_(std::move(expires_in)) {
    server_.Post("/internal/v1/token",
                 [this](const httplib::Request& request, httplib::Response& response) {
                   const std::lock_guard lock(mutex_);
                   last_ = request;
                   response.status = status_;
                   const json body = {{"access_token", "token-" + std::to_string(++issued_)},
                                      {"token_type", "Bearer"},
                                      {"expires_in", expires_in_}};
                   response.set_content(status_ == 200 ? body.dump() : "{}", "application/json");
                 });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }

  ~TokenEndpoint() {
    server_.stop();
    thread_.join();
  }

  void refuse(int status) {
    const std::lock_guard lock(mutex_);
    status_ = status;
  }

  httplib::Request last() {
    const std::lock_guard lock(mutex_);
    return last_;
  }

  ServiceToken client() const {
    return ServiceToken("http://127.0.0.1:" + std::to_string(port_) + "/internal/v1/token",
                        "membership", "a secret", "notification");
  }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
  std::mutex mutex_;
  httplib::Request last_;
  json expires_in_;
  int status_ = 200;
  int issued_ = 0;
};

}  // namespace

TEST_CASE("A service asks for its token by the client-credentials grant with Basic credentials") {
  TokenEndpoint identity(300);
  auto token = identity.client();
  CHECK(token.get() == "token-1");
  const auto request = identity.last();
  CHECK(request.get_header_value("Authorization") == "Basic bWVtYmVyc2hpcDphIHNlY3JldA==");
  CHECK(request.get_header_value("Content-Type") == "application/x-www-form-urlencoded");
  CHECK(request.body == "grant_type=client_credentials&audience=notification");
}

TEST_CASE("A service's token is kept until shortly before it expires, or until forgotten") {
  TokenEndpoint identity(300);
  auto token = identity.client();
  CHECK(token.get() == "token-1");
  CHECK(token.get() == "token-1");
  token.forget();
  CHECK(token.get() == "token-2");

  TokenEndpoint hasty(30);
  auto short_lived = hasty.client();
  CHECK(short_lived.get() == "token-1");
  CHECK(short_lived.get() == "token-2");
}

TEST_CASE("Threads that need a service's token share one fetch") {
  TokenEndpoint identity(300);
  auto token = identity.client();
  std::atomic<int> first{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      if (token.get() == "token-1") ++first;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(first == 8);
}

TEST_CASE("When identity gives no token the caller is told, and asks again later") {
  TokenEndpoint identity(300);
  auto token = identity.client();
  for (const int status : {401, 500, 503}) {
    identity.refuse(status);
    CHECK_THROWS_AS(token.get(), rest_client::Unreachable);
  }
  identity.refuse(200);
  CHECK_NOTHROW(token.get());

  ServiceToken nobody("http://127.0.0.1:1/internal/v1/token", "membership", "a secret", "any");
  CHECK_THROWS_AS(nobody.get(), rest_client::Unreachable);

  TokenEndpoint odd("soon");
  auto oddly = odd.client();
  CHECK_THROWS_AS(oddly.get(), rest_client::Unreachable);
}
