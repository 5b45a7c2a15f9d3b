#include "auth/service_token.hpp"

#include <chrono>
#include <mutex>
#include <utility>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include "auth/encoding.hpp"
#include "auth/url.hpp"
#include "rest_client/rest_client.hpp"

namespace auth {

namespace {

using std::chrono::steady_clock;

std::string basic_credentials(const std::string& id, const std::string& secret) {
  const std::string plain = id + ":" + secret;
  std::string text((plain.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(plain.data()),
                                   static_cast<int>(plain.size()));
  text.resize(static_cast<std::size_t>(size));
  return "Basic " + text;
}

}  // namespace

struct ServiceToken::State {
  State(const Url& url, const std::string& id, const std::string& secret, std::string callee)
      : path(url.path),
        authorization(basic_credentials(id, secret)),
        form("grant_type=client_credentials&audience=" + std::move(callee)),
        client(url.base) {}

  void fetch() {
    const auto asked_at = steady_clock::now();
    const auto answer = client.post(path, form, "application/x-www-form-urlencoded",
                                    {{"authorization", authorization}});
    const auto body = nlohmann::json::parse(answer.body, nullptr, false);
    if (answer.status != 200 || !body.is_object() || !body.contains("access_token") ||
        !body["access_token"].is_string() || !body.contains("expires_in") ||
        !body["expires_in"].is_number_integer()) {
      throw rest_client::Unreachable("identity gives no service token: status " +
                                     std::to_string(answer.status));
    }
    token = body["access_token"].get<std::string>();
    expires = asked_at + std::chrono::seconds(body["expires_in"].get<std::int32_t>());
  }

  const std::string path, authorization, form;
  rest_client::Client client;

  // Held while fetching: whoever else needs the token needs the same answer.
  std::mutex mutex;
  std::string token;
  steady_clock::time_point expires;
};

ServiceToken::ServiceToken(std::string token_url, std::string client_id, std::string client_secret,
                           std::string audience)
    : state_(
          std::make_unique<State>(Url(token_url), client_id, client_secret, std::move(audience))) {}

ServiceToken::~ServiceToken() = default;

std::string ServiceToken::get() {
  const std::lock_guard lock(state_->mutex);
  if (state_->token.empty() || steady_clock::now() + std::chrono::seconds(30) >= state_->expires) {
    state_->token.clear();
    state_->fetch();
  }
  return state_->token;
}

void ServiceToken::forget() {
  const std::lock_guard lock(state_->mutex);
  state_->token.clear();
}

}  // namespace auth
