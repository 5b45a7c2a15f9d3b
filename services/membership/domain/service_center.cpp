#include "membership/domain/service_center.hpp"

namespace membership {

const AccountId& service_center_account() {
  static const AccountId id = AccountId::parse("00000000-0000-7000-8000-000000000000").value();
  return id;
}

}  // namespace membership
