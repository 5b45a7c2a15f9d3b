#pragma once

#include <optional>
#include <string>

#include "notification/domain/telling.hpp"

namespace notification {

/// A queued email, with what is known at this moment about whom it goes to.
struct Email {
  EmailId id;
  AccountId recipient;
  EmailTemplate email_template;
  TemplateValues values;
  std::string recipient_name;          // empty until the account is known
  std::optional<std::string> address;  // nullopt until the account is known
  int attempts;                        // so far
  Timestamp created_at;
  std::optional<Timestamp> expires_at;
};

/// An email that will not be sent, for operators: nothing here says to whom or what.
struct ParkedEmail {
  EmailId id;
  EmailTemplate email_template;
  AccountId recipient;
  int attempts;
  std::string failure;  // its class: "refusedByServer 550", "unsafe", …
  Timestamp parked_at;
};

}  // namespace notification
