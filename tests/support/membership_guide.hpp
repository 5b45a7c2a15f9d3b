#pragma once

#include <set>

#include <catch2/catch.hpp>

#include "membership/domain/organization_file.hpp"
#include "support/databases.hpp"
#include "support/membership_service.hpp"

namespace testing {

using namespace membership;  // the tests read as the domain does
using namespace std::chrono_literals;

inline Json body_of(const Organization& organization, Role role) {
  return {{"organizationId", organization.id.text()}, {"role", to_text(role)}};
}

inline std::string path_of(const RoleRequest& request, const std::string& action = "") {
  return "/v1/role-requests/" + request.id.text() + (action.empty() ? "" : "/" + action);
}

inline std::string path_of(const Membership& membership, const std::string& action = "") {
  return "/v1/memberships/" + membership.id.text() + (action.empty() ? "" : "/" + action);
}

inline std::string path_of(const Organization& organization, const std::string& list = "") {
  return "/v1/organizations/" + organization.id.text() + (list.empty() ? "" : "/" + list);
}

inline std::string service_center_path_of(const Organization& organization,
                                          const std::string& rest) {
  return "/v1/service-center" + path_of(organization, rest).substr(3);
}

inline Json tin_of(const Organization& organization) {
  return {{"taxpayerIdentificationNumber", organization.tin.text()}};
}

inline Headers if_match(const Membership& membership) {
  return {{"If-Match", "\"" + std::to_string(membership.version) + "\""}};
}

/// The member of an answer's body that is a list.
inline std::vector<Json> list_of(const Answer& answer, const char* name = "items") {
  return answer.body().at(name).get<std::vector<Json>>();
}

/// The people and clinics of the guide.
struct Guide {
  explicit Guide(database::Kind kind) : service(kind) {}

  MembershipService service;
  AccountId elizabeth = service.person("Elizabeth Blackwell");
  AccountId florian = service.person("Florian Parker");
  AccountId rebecca = service.person("Rebecca Lee");
  AccountId thomas = service.person("Thomas Miller, MD");
  AccountId stranger = service.person("Aurelie Farrell");
  Organization acme = service.organization("Acme Clinic, LLC");
  Organization greenville = service.organization("Greenville Medical Clinic");
  Membership elizabeth_at_acme = service.member(acme, elizabeth, Role::security_official);
  Membership florian_at_acme = service.member(acme, florian, Role::security_official);
  Membership rebecca_at_acme = service.member(acme, rebecca, Role::staff_user);
  Membership rebecca_at_greenville = service.member(greenville, rebecca, Role::security_official);
};

}  // namespace testing
