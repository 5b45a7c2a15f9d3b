#pragma once

#include <optional>
#include <string>

#include "identity/domain/partner_client.hpp"
#include "identity/service.hpp"

namespace database {
class Transaction;
}

namespace identity {

/// A new partner's credential. Only the hash of its secret is kept: it is shown this once.
struct PartnerCredential {
  PartnerClientId id;
  std::string secret;
};
/// Throws std::invalid_argument for a name or scope that is none.
PartnerCredential create_partner_client(database::Transaction& transaction, const std::string& name,
                                        const std::string& scope, Timestamp now);

/// From now on it gets no token; those it has expire within minutes. False when there is no such
/// client, or it was revoked before.
[[nodiscard]] bool revoke_partner_client(database::Transaction& transaction,
                                         const PartnerClientId& id, Timestamp now);

/// The partner that these credentials prove, unless it was revoked.
std::optional<PartnerClient> find_partner_client(Service& service, const std::string& id,
                                                 const std::string& secret);

}  // namespace identity
