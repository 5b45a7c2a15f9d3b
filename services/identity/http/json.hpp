#pragma once

#include <nlohmann/json_fwd.hpp>

#include "identity/domain/account.hpp"
#include "identity/domain/account_event.hpp"
#include "identity/sessions.hpp"

namespace identity {

// The schemas of openapi.yaml.
void to_json(nlohmann::json& json, const Account& account);
void to_json(nlohmann::json& json, const AccountEvent& event);
void to_json(nlohmann::json& json, const Session& session);
void to_json(nlohmann::json& json, const Tokens& tokens);

}  // namespace identity
