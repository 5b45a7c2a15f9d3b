#pragma once

#include <string>
#include <string_view>

#include "identity/domain/ids.hpp"

namespace identity {

/// A system of somebody else that asks ours, with a credential for one scope.
struct PartnerClient {
  PartnerClientId id;
  std::string name;
  std::string secret_sha256;  // 64 lower-case hex digits
  std::string scope;
};

/// Whether there is an operation that needs this scope.
bool is_partner_scope(std::string_view scope);

}  // namespace identity
