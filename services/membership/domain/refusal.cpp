#include "membership/domain/refusal.hpp"

namespace membership {

bool is_security_refusal(Refusal refusal) {
  return refusal == Refusal::not_a_security_official || refusal == Refusal::own_role_request ||
         refusal == Refusal::own_membership || refusal == Refusal::not_a_service_center_agent ||
         refusal == Refusal::own_appointment || refusal == Refusal::own_proposal ||
         refusal == Refusal::tin_differs;
}

bool is_state_refusal(Refusal refusal) {
  return refusal == Refusal::already_decided || refusal == Refusal::role_request_expired ||
         refusal == Refusal::not_denied || refusal == Refusal::reopen_window_over ||
         refusal == Refusal::requester_asked_again || refusal == Refusal::requester_holds_role;
}

}  // namespace membership
