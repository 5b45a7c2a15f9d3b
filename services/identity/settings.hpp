#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "identity/domain/lockout.hpp"
#include "identity/domain/password_policy.hpp"
#include "identity/domain/session.hpp"
#include "identity/domain/signing_key.hpp"

namespace identity {

/// A service that may fetch tokens for calls to others.
struct ServiceClient {
  std::string id;
  std::string secret_sha256;  // 64 lower-case hex digits
  std::vector<std::string> audiences;
};

/// The rules an operator may set; the defaults are the product's policy.
struct Settings {
  std::string issuer = "http://127.0.0.1:8081";
  PasswordProfile password_profile = {};
  LockoutPolicy account_lockout = {};
  // Higher, because a whole clinic may share one address.
  LockoutPolicy network_lockout = {.tries_max = 50};
  SessionPolicy sessions = {};
  std::chrono::seconds access_token_lifetime = std::chrono::minutes(10);
  std::chrono::seconds service_token_lifetime = std::chrono::minutes(5);
  KeyRotation key_rotation = {};
  bool totp_required = true;
  std::int64_t accounts_per_hour = 20;  // from one network
  std::int64_t verification_codes_per_hour = 20;
  std::vector<ServiceClient> service_clients = {};
};

/// `[{"clientId", "clientSecretSha256", "audiences": […]}]`; throws std::invalid_argument, whose
/// text says what is wrong and holds nothing of the input.
std::vector<ServiceClient> parse_service_clients(const std::string& json);

}  // namespace identity
