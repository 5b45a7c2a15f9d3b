#pragma once

#include <ostream>

#include <catch2/catch.hpp>

#include "membership/domain/membership.hpp"
#include "membership/domain/organization.hpp"
#include "membership/domain/role_request.hpp"

// Values for tests that do not care which. A test spells out only the fields it is about.
namespace testing {

using namespace membership;  // the tests read as the domain does

inline const OrganizationId clinic = OrganizationId::generate();
inline const OrganizationId other_clinic = OrganizationId::generate();
inline const AccountId thomas = AccountId::generate();     // asks for roles
inline const AccountId elizabeth = AccountId::generate();  // Security Official of the clinic
inline const AccountId rebecca = AccountId::generate();    // nobody in particular
inline const Timestamp monday = vocabulary::parse_timestamp("2026-02-02T09:00:00.000Z").value();
inline const Timestamp tuesday = monday + std::chrono::days(1);
inline const Timestamp in_a_month = monday + std::chrono::days(30);

inline RoleRequest role_request_by(const AccountId& requester, Role role = Role::staff_user) {
  return {.id = RoleRequestId::generate(),
          .requester = requester,
          .organization = clinic,
          .role = role,
          .requested_at = monday,
          .expires_at = in_a_month,
          .closed_at = std::nullopt,
          .decision = std::nullopt};
}

inline Membership member(const AccountId& account, Role role,
                         const OrganizationId& organization = clinic) {
  return {.id = MembershipId::generate(),
          .member = account,
          .organization = organization,
          .role = role,
          .granted_at = monday,
          .removal = std::nullopt};
}

inline Membership removed(Membership membership, const AccountId& by) {
  membership.removal = Removal{.removed_by = by, .removed_at = monday, .reason = std::nullopt};
  return membership;
}

inline Organization organization_with(std::int64_t officials) {
  return {.id = clinic,
          .type = OrganizationType::practice,
          .identifier = "000000001",
          .name = "Acme Clinic, LLC",
          .tin = TaxpayerIdentificationNumber::parse("000000001").value(),
          .address = "1 Main Street, Springfield",
          .security_official_count = officials,
          .member_count = officials};
}

inline Decision decision_by(const AccountId& account, Verdict verdict = Verdict::approved,
                            Timestamp at = tuesday) {
  return {.verdict = verdict, .decided_by = account, .decided_at = at, .reason = std::nullopt};
}

}  // namespace testing

namespace Catch {

template <>
struct StringMaker<membership::Refusal> {
  static std::string convert(membership::Refusal refusal) {
    return "refusal " + std::to_string(static_cast<int>(refusal));
  }
};

}  // namespace Catch
