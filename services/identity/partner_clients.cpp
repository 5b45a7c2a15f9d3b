#include "identity/partner_clients.hpp"

#include <stdexcept>

#include "auth/encoding.hpp"
#include "identity/storage/store.hpp"
#include "vocabulary/text.hpp"

namespace identity {

namespace {

constexpr std::size_t secret_bytes = 32;
constexpr std::size_t name_characters_max = 100;

}  // namespace

PartnerCredential create_partner_client(database::Transaction& transaction, const std::string& name,
                                        const std::string& scope, Timestamp now) {
  if (name.empty() || vocabulary::count_characters(name) > name_characters_max ||
      vocabulary::has_control_characters(name)) {
    throw std::invalid_argument("NAME has no characters, too many or control characters");
  }
  if (!is_partner_scope(scope)) throw std::invalid_argument("there is no such SCOPE");
  PartnerCredential credential{.id = PartnerClientId::generate(),
                               .secret = auth::to_base64url(auth::random_bytes(secret_bytes))};
  Store(transaction)
      .add({.id = credential.id,
            .name = name,
            .secret_sha256 = auth::sha256_hex(credential.secret),
            .scope = scope},
           now);
  return credential;
}

bool revoke_partner_client(database::Transaction& transaction, const PartnerClientId& id,
                           Timestamp now) {
  return Store(transaction).revoke(id, now);
}

std::optional<PartnerClient> find_partner_client(Service& service, const std::string& id,
                                                 const std::string& secret) {
  const auto client_id = PartnerClientId::parse(id);
  if (!client_id) return std::nullopt;
  auto found = service.database.read([&](database::Transaction& transaction) {
    return Store(transaction).find_partner_client(*client_id);
  });
  if (!found || !auth::equal_in_constant_time(found->secret_sha256, auth::sha256_hex(secret))) {
    return std::nullopt;
  }
  return found;
}

}  // namespace identity
