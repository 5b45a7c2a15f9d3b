#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "membership/domain/audit_row.hpp"
#include "membership/domain/membership.hpp"
#include "membership/domain/organization.hpp"
#include "membership/domain/registration.hpp"
#include "membership/domain/role.hpp"
#include "membership/domain/role_request.hpp"
#include "membership/domain/service_center.hpp"

// Rows together with what people are shown beside them. A name is "" until it is known here.
namespace membership {

struct RoleRequestDetails {
  RoleRequest request;
  std::string requester_name;
  std::string organization_name;
  OrganizationType organization_type;
  std::string decider_name;
  std::int64_t decider_count;   // Security Officials who are not the requester
  RequesterStanding requester;  // its pending_until is known of denied requests only

  bool operator==(const RoleRequestDetails&) const = default;
};

/// A decision on a role request, or its reopening, as its history keeps it.
struct PastDecision {
  RoleRequestAction action;  // approve, deny or reopen
  AccountId acted_by;
  std::string actor_name;
  Timestamp acted_at;
  std::optional<std::string> reason;

  bool operator==(const PastDecision&) const = default;
};

struct MembershipDetails {
  Membership membership;
  std::string member_name;

  bool operator==(const MembershipDetails&) const = default;
};

/// A registration, and what the viewer may do about it now.
struct RegistrationView {
  Registration registration;
  std::vector<RegistrationAction> allowed_actions;

  bool operator==(const RegistrationView&) const = default;
};

/// An organization as one of its members sees it.
struct OrganizationCard {
  Organization organization;
  Role your_role;
  std::int64_t pending_count;
  std::vector<RegistrationView> registrations = {};  // of the present performance year

  bool operator==(const OrganizationCard&) const = default;
};

struct ProposalDetails {
  Proposal proposal;
  std::string organization_name;
  OrganizationType organization_type;
  std::string account_name;
  std::string successor_name;
  std::string proposer_name;
  std::string closer_name;

  bool operator==(const ProposalDetails&) const = default;
};

/// An organization as the service center sees it.
struct OrganizationOverview {
  Organization organization;
  std::int64_t pending_count;

  bool operator==(const OrganizationOverview&) const = default;
};

/// What waits for one Security Official.
struct PendingDigest {
  struct Line {
    OrganizationId id;
    std::string name;
    std::int64_t pending_count;

    bool operator==(const Line&) const = default;
  };

  AccountId official;
  std::int64_t pending_count;
  std::int64_t organization_count;
  std::vector<Line> organizations;  // those where most waits

  bool operator==(const PendingDigest&) const = default;
};

struct AuditRowDetails {
  AuditRow row;
  std::string actor_name;  // "" when the actor is no person who is known here

  bool operator==(const AuditRowDetails&) const = default;
};

}  // namespace membership
