#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "auth/jws.hpp"
#include "auth/principal.hpp"
#include "identity/domain/partner_client.hpp"
#include "identity/domain/session.hpp"
#include "identity/domain/signing_key.hpp"
#include "identity/settings.hpp"

namespace database {
class Database;
}

namespace identity {

class Secrets;

/// The keys that sign tokens, as the database holds them: every replica signs with the same one.
/// A copy in memory is renewed by reload(). Shared by threads.
class SigningKeys {
 public:
  /// Throws std::runtime_error when a stored key was sealed under another master key.
  SigningKeys(database::Database& database, const Secrets& secrets, const Settings& settings,
              vocabulary::Clock clock);

  /// Adds the first key unless there is one; once among replicas that start at the same time.
  void create_first();
  /// Adds a key that is published now and signs after Settings::key_rotation.published_before.
  void rotate();
  void reload();

  /// True when a key can sign.
  bool ready() const;
  /// The published key of that id.
  std::optional<auth::Key> find(const std::string& key_id) const;
  /// The published keys (RFC 7517).
  nlohmann::json to_jwks() const;

  /// A person's access token. `audience` is "countersign", or "identity" alone for somebody who has
  /// to change the password first.
  std::string sign_person_token(const Session& session, const std::string& audience) const;
  std::string sign_service_token(const std::string& client_id, const std::string& audience) const;
  /// For the public listeners; it lasts as long as a service's.
  std::string sign_partner_token(const PartnerClient& client) const;

 private:
  struct Entry {
    auth::Key key;
    Timestamp signs_from;
  };
  using Entries = std::vector<Entry>;

  void add(Timestamp signs_from, bool only_the_first);
  std::shared_ptr<const Entries> entries() const;
  /// Those published now.
  Entries published() const;
  auth::Key signing_key() const;

  database::Database& database_;
  const Secrets& secrets_;
  const Settings& settings_;
  vocabulary::Clock clock_;

  mutable std::mutex mutex_;
  std::shared_ptr<const Entries> entries_ = std::make_shared<const Entries>();
};

}  // namespace identity
