#pragma once

#include <optional>
#include <string>

#include "membership/domain/details.hpp"
#include "membership/domain/ids.hpp"
#include "membership/domain/refusal.hpp"
#include "vocabulary/result.hpp"

namespace membership {

/// Why an operation said no, where, and the state that stands in the way if the caller may see it.
struct Refused {
  Refusal refusal;
  std::optional<OrganizationId> organization = std::nullopt;
  std::optional<RoleRequestDetails> present = std::nullopt;
  std::optional<Timestamp> retry_at = std::nullopt;  // of too_many_claims
  bool by_service_center = false;                    // the act was an agent's
};

template <class T>
using Outcome = vocabulary::Result<T, Refused>;

}  // namespace membership
