#include "identity/domain/partner_client.hpp"

namespace identity {

bool is_partner_scope(std::string_view scope) {
  return scope == "authorizationChecks";
}

}  // namespace identity
