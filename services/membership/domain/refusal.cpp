#include "membership/domain/refusal.hpp"

namespace membership {

bool is_security_refusal(Refusal refusal) {
  return refusal == Refusal::not_a_security_official || refusal == Refusal::own_role_request ||
         refusal == Refusal::own_membership || refusal == Refusal::not_a_service_center_agent;
}

}  // namespace membership
