#pragma once

#include "vocabulary/id.hpp"
#include "vocabulary/result.hpp"
#include "vocabulary/timestamp.hpp"

namespace identity {

using vocabulary::AccountId;
using vocabulary::Result;
using vocabulary::Timestamp;
using AccountEventId = vocabulary::Id<struct AccountEvent>;
using PartnerClientId = vocabulary::Id<struct PartnerClient>;
using SessionId = vocabulary::Id<struct Session>;
using SignInId = vocabulary::Id<struct SignIn>;

}  // namespace identity
