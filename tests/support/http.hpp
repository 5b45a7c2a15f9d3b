#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace testing {

using Json = nlohmann::json;
using Headers = std::vector<std::pair<std::string, std::string>>;

/// The connection was refused, reset or timed out: nobody knows whether the request was executed.
struct NoAnswer : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Answer {
  int status = 0;
  Headers headers;  // names in lower case
  std::string text;

  /// The body read as JSON; null when it is none.
  Json body() const;
  /// The first header of that (lower-case) name, or "".
  std::string header(std::string_view name) const;
  /// "own-role-request" of a problem answer's type; "" when this is no problem.
  std::string problem() const;
};

/// A front end's connection to one listener, perhaps with a bearer token. Every exchange is
/// recorded for the contract check. For one thread at a time; a copy has its own connection.
class Client {
 public:
  explicit Client(std::string base_url, std::string token = "");
  Client(const Client& other) : Client(other.base_url_, other.token_) {}
  Client& operator=(const Client& other);
  ~Client();

  Answer get(const std::string& path, const Headers& headers = {});
  Answer post(const std::string& path, const Json& body = Json::object(),
              const Headers& headers = {});
  Answer patch(const std::string& path, const Json& body, const Headers& headers = {});
  /// Any method with any body, sent as it is.
  Answer send(const std::string& method, const std::string& path, const std::string& body,
              const Headers& headers = {});

  Client with_token(std::string token) const { return Client(base_url_, std::move(token)); }

 private:
  struct Connection;
  std::string base_url_;
  std::string token_;
  std::unique_ptr<Connection> connection_;
};

/// The six digits of RFC 6238 for a base32 secret at a 30-second step since 1970.
std::string totp_code(std::string_view base32_secret, std::int64_t step);
std::int64_t totp_step(std::chrono::system_clock::time_point at);

/// Somebody who can sign in with TOTP.
struct Person {
  std::string account_id;
  std::string user_id;
  std::string password;
  std::string totp_secret;
  std::string name;
  std::string email_address;
  std::int64_t last_step = 0;  // of TOTP; each is accepted once
};

/// The whole sign-in with TOTP; returns the Tokens of the answer. Throws std::runtime_error when it
/// is refused. Waits for the next step after the third sign-in within 30 seconds.
Json sign_in(Client identity, Person& person);

}  // namespace testing
