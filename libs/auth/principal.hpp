#pragma once

#include <string>
#include <vector>

namespace auth {

/// The authenticated caller of one request, as its access token proves it. It says who, never what
/// they may do where: that is read from the database on every call.
struct Principal {
  enum class Kind { person, service, partner };

  Kind kind;
  std::string subject;               // account id of a person, client id of the others
  std::string session;               // session id of a person; empty for the others
  bool signed_in_with_totp = false;  // the session's second factor was TOTP (claim acr)
  std::vector<std::string> scopes;   // of the credential of a service or a partner

  bool operator==(const Principal&) const = default;
};

}  // namespace auth
