#pragma once

#include "membership/domain/ids.hpp"

namespace membership {

/// Who acted, to everybody outside, where it was the service center: its agents are not named.
const AccountId& service_center_account();

}  // namespace membership
