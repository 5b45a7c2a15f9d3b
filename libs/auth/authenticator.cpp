#include "auth/authenticator.hpp"

#include <mutex>
#include <sstream>
#include <unordered_map>
#include <utility>

#include <nlohmann/json.hpp>

#include "auth/encoding.hpp"
#include "vocabulary/id.hpp"

namespace auth {

namespace {

using nlohmann::json;

std::string text_claim(const json& claims, const char* name) {
  const auto found = claims.find(name);
  return found != claims.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<Principal> to_principal(const json& claims) {
  Principal principal{Principal::Kind::person,
                      text_claim(claims, "sub"),
                      text_claim(claims, "sid"),
                      text_claim(claims, "acr") == "totp",
                      {}};
  if (claims.contains("sid") == claims.contains("scope")) return std::nullopt;
  if (claims.contains("sid")) {
    if (!vocabulary::is_uuid(principal.subject) || principal.session.empty()) return std::nullopt;
    return principal;
  }
  if (principal.subject.empty()) return std::nullopt;
  principal.kind = Principal::Kind::service;
  if (claims.contains("client_id")) {
    if (text_claim(claims, "client_id") != principal.subject) return std::nullopt;
    principal.kind = Principal::Kind::partner;
  }
  principal.signed_in_with_totp = false;
  std::istringstream scopes(text_claim(claims, "scope"));
  for (std::string scope; scopes >> scope;) principal.scopes.push_back(scope);
  return principal;
}

}  // namespace

struct Authenticator::State {
  struct Entry {
    Principal principal;
    vocabulary::Timestamp expires;
  };
  using Entries = std::unordered_map<std::string, Entry>;

  Expected expected;
  FindKey find_key;
  vocabulary::Clock clock;
  std::size_t generation_max;
  std::mutex mutex;
  // Two generations bound the memory without a scan: a full young one replaces the old.
  Entries young, old;

  std::optional<Principal> recall(const std::string& digest, vocabulary::Timestamp now) {
    const std::lock_guard lock(mutex);
    for (const auto* entries : {&young, &old}) {
      const auto found = entries->find(digest);
      if (found != entries->end() && now < found->second.expires) return found->second.principal;
    }
    return std::nullopt;
  }

  void remember(const std::string& digest, Entry entry) {
    const std::lock_guard lock(mutex);
    if (young.size() >= generation_max) {
      old = std::move(young);
      young.clear();
    }
    young.insert_or_assign(digest, std::move(entry));
  }
};

Authenticator::Authenticator(Expected expected, FindKey find_key, vocabulary::Clock clock,
                             std::size_t remembered_max)
    : state_(std::make_shared<State>()) {
  state_->expected = std::move(expected);
  state_->find_key = std::move(find_key);
  state_->clock = std::move(clock);
  state_->generation_max = remembered_max / 2;
}

Authenticator::~Authenticator() = default;

std::optional<Principal> Authenticator::operator()(std::string_view token) const {
  const auto now = state_->clock();
  const std::string digest = sha256(token);
  if (auto known = state_->recall(digest, now)) return known;

  const auto claims = verify_token(token, state_->expected, state_->find_key, now);
  if (!claims) return std::nullopt;
  auto principal = to_principal(*claims);
  if (principal) {
    const auto expires = std::chrono::seconds(claims->at("exp").get<std::int64_t>());
    state_->remember(digest, {*principal, vocabulary::Timestamp(expires)});
  }
  return principal;
}

json access_claims(const Principal& principal, const std::string& issuer,
                   const std::string& audience, vocabulary::Timestamp issued_at,
                   std::chrono::seconds lifetime) {
  const auto issued = std::chrono::floor<std::chrono::seconds>(issued_at).time_since_epoch();
  json claims = {{"iss", issuer},
                 {"aud", audience},
                 {"sub", principal.subject},
                 {"iat", issued.count()},
                 {"exp", (issued + lifetime).count()},
                 {"jti", vocabulary::new_uuid()}};
  if (principal.kind == Principal::Kind::person) {
    claims["sid"] = principal.session;
    claims["acr"] = principal.signed_in_with_totp ? "totp" : "email";
  } else {
    std::string scope;
    for (const auto& each : principal.scopes) scope += (scope.empty() ? "" : " ") + each;
    claims["scope"] = scope;
    if (principal.kind == Principal::Kind::partner) claims["client_id"] = principal.subject;
  }
  return claims;
}

}  // namespace auth
