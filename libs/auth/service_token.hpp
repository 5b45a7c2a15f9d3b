#pragma once

#include <memory>
#include <string>

namespace auth {

/// This service's own credential for calls to another: an access token fetched from identity by the
/// client-credentials grant (RFC 6749, 4.4), kept until shortly before it expires. Shared by
/// threads.
class ServiceToken {
 public:
  /// `token_url` is identity's internal token endpoint, `audience` the service to be called. It is
  /// asked with Basic credentials for {"access_token", "expires_in"}.
  ServiceToken(std::string token_url, std::string client_id, std::string client_secret,
               std::string audience);
  ~ServiceToken();

  /// A token that is valid for at least 30 more seconds.
  /// Throws rest_client::Unreachable when identity gives none.
  std::string get();
  /// Forgets the token, after a 401.
  void forget();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace auth
