#pragma once

#include <optional>
#include <string>
#include <vector>

#include "events/event.hpp"
#include "membership/domain/details.hpp"

// The events that notification makes messages of. `security_officials` are those of the
// organization at the act.
namespace membership {

/// "roleRequest.created" while it is pending, else "roleRequest.<status>".
events::Event notice_of(const RoleRequestDetails& details,
                        const std::vector<AccountId>& security_officials, Timestamp at);

/// "roleRequest.reminderDue".
events::Event notice_of_reminder(const RoleRequestDetails& details,
                                 const std::vector<AccountId>& security_officials, Timestamp at);

/// "roleRequest.escalated": it waits for the service center.
events::Event notice_of_escalation(const RoleRequestDetails& details, Timestamp at);

/// "roleRequests.digestDue".
events::Event notice_of_digest(const PendingDigest& digest, Timestamp at);

/// "organization.singleSecurityOfficial".
events::Event notice_of_single_official(const Organization& organization, const AccountId& official,
                                        Timestamp at);

/// "roleRequest.reopened", of a request that `reopener_name` has reopened.
events::Event notice_of_reopening(const RoleRequestDetails& details,
                                  const std::string& reopener_name,
                                  const std::optional<std::string>& reason,
                                  const std::vector<AccountId>& security_officials);

/// "membership.removed".
events::Event notice_of_removal(const MembershipDetails& removed, const Organization& organization,
                                const std::string& remover_name,
                                const std::vector<AccountId>& security_officials);

/// "registration.changed".
events::Event notice_of_registration(const Registration& changed, const Organization& organization,
                                     const AccountId& changer, const std::string& changer_name,
                                     const std::vector<AccountId>& security_officials,
                                     Timestamp at);

/// "membership.granted": not by a decision on a request.
events::Event notice_of_grant(const MembershipDetails& granted, const Organization& organization,
                              const std::optional<AccountId>& granter,
                              const std::string& granter_name,
                              const std::optional<std::string>& reason,
                              const std::vector<AccountId>& security_officials, Timestamp at);

}  // namespace membership
