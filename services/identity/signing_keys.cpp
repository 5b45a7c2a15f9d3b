#include "identity/signing_keys.hpp"

#include <stdexcept>

#include <nlohmann/json.hpp>

#include "auth/authenticator.hpp"
#include "database/database.hpp"
#include "identity/secrets.hpp"
#include "identity/storage/store.hpp"

namespace identity {

namespace {

constexpr const char* token_type = "at+jwt";

std::string purpose_of(std::int64_t number) {
  return "signing key " + std::to_string(number);
}

std::vector<Timestamp> starts_of(const auto& entries) {
  std::vector<Timestamp> starts;
  for (const auto& entry : entries) starts.push_back(entry.signs_from);
  return starts;
}

}  // namespace

SigningKeys::SigningKeys(database::Database& database, const Secrets& secrets,
                         const Settings& settings, vocabulary::Clock clock)
    : database_(database), secrets_(secrets), settings_(settings), clock_(std::move(clock)) {}

void SigningKeys::create_first() {
  add(clock_(), true);
}

void SigningKeys::rotate() {
  add(clock_() + settings_.key_rotation.published_before, false);
}

void SigningKeys::add(Timestamp signs_from, bool only_the_first) {
  const std::string pem = auth::Key::generate().to_private_pem();
  database_.write([&](database::Transaction& transaction) {
    Store store(transaction);
    const auto present = store.signing_keys();
    if (only_the_first && !present.empty()) return;
    const std::int64_t number = present.empty() ? 1 : present.back().number + 1;
    // Whoever adds the same number at the same time wants the same: one new key.
    static_cast<void>(store.add({.number = number,
                                 .sealed_private_key = secrets_.seal(pem, purpose_of(number)),
                                 .signs_from = signs_from}));
  });
  reload();
}

void SigningKeys::reload() {
  const auto stored = database_.read(
      [](database::Transaction& transaction) { return Store(transaction).signing_keys(); });
  auto entries = std::make_shared<Entries>();
  for (const auto& each : stored) {
    const auto pem = secrets_.open(each.sealed_private_key, purpose_of(each.number));
    const auto key = pem ? auth::Key::from_pem(*pem) : std::nullopt;
    if (!key) throw std::runtime_error("the master key does not open the stored signing keys");
    entries->push_back({.key = *key, .signs_from = each.signs_from});
  }
  const std::lock_guard lock(mutex_);
  entries_ = std::move(entries);
}

std::shared_ptr<const SigningKeys::Entries> SigningKeys::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

SigningKeys::Entries SigningKeys::published() const {
  const auto all = entries();
  const auto first = first_published_key(starts_of(*all), settings_.key_rotation, clock_());
  return {all->begin() + static_cast<std::ptrdiff_t>(first), all->end()};
}

auth::Key SigningKeys::signing_key() const {
  const auto all = entries();
  const auto index = find_signing_key(starts_of(*all), clock_());
  if (!index) throw std::runtime_error("no key signs yet");
  return (*all)[*index].key;
}

bool SigningKeys::ready() const {
  return find_signing_key(starts_of(*entries()), clock_()).has_value();
}

std::optional<auth::Key> SigningKeys::find(const std::string& key_id) const {
  for (const auto& entry : published()) {
    if (entry.key.id() == key_id) return entry.key;
  }
  return std::nullopt;
}

nlohmann::json SigningKeys::to_jwks() const {
  auto keys = nlohmann::json::array();
  for (const auto& entry : published()) keys.push_back(entry.key.to_public_jwk());
  return {{"keys", std::move(keys)}};
}

std::string SigningKeys::sign_person_token(const Session& session,
                                           const std::string& audience) const {
  const auth::Principal principal{.kind = auth::Principal::Kind::person,
                                  .subject = session.account.text(),
                                  .session = session.id.text(),
                                  .signed_in_with_totp = session.assurance == Assurance::totp,
                                  .scopes = {}};
  auto claims = auth::access_claims(principal, settings_.issuer, audience, clock_(),
                                    settings_.access_token_lifetime);
  claims["acr"] = to_text(session.assurance);
  return auth::sign_token(signing_key(), token_type, claims);
}

std::string SigningKeys::sign_service_token(const std::string& client_id,
                                            const std::string& audience) const {
  const auth::Principal principal{.kind = auth::Principal::Kind::service,
                                  .subject = client_id,
                                  .session = {},
                                  .signed_in_with_totp = false,
                                  .scopes = {"events"}};
  return auth::sign_token(signing_key(), token_type,
                          auth::access_claims(principal, settings_.issuer, audience, clock_(),
                                              settings_.service_token_lifetime));
}

std::string SigningKeys::sign_partner_token(const PartnerClient& client) const {
  const auth::Principal principal{.kind = auth::Principal::Kind::partner,
                                  .subject = client.id.text(),
                                  .session = {},
                                  .signed_in_with_totp = false,
                                  .scopes = {client.scope}};
  return auth::sign_token(signing_key(), token_type,
                          auth::access_claims(principal, settings_.issuer, "countersign", clock_(),
                                              settings_.service_token_lifetime));
}

}  // namespace identity
