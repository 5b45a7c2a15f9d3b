#include "notification/domain/fact.hpp"

#include <cstdlib>

namespace notification {

std::string_view to_text(Role role) {
  switch (role) {
    case Role::staff_user: return "staffUser";
    case Role::security_official: return "securityOfficial";
  }
  std::abort();  // not an enumerator
}

std::optional<Role> parse_role(std::string_view text) {
  for (const Role role : {Role::staff_user, Role::security_official}) {
    if (to_text(role) == text) return role;
  }
  return std::nullopt;
}

std::string_view name_of(Role role) {
  switch (role) {
    case Role::staff_user: return "Staff User";
    case Role::security_official: return "Security Official";
  }
  std::abort();  // not an enumerator
}

std::optional<Program> parse_program(std::string_view text) {
  if (text == "cmsWebInterface") return Program::cms_web_interface;
  if (text == "cahpsForMipsSurvey") return Program::cahps_for_mips_survey;
  return std::nullopt;
}

std::string_view name_of(Program program) {
  switch (program) {
    case Program::cms_web_interface: return "CMS Web Interface";
    case Program::cahps_for_mips_survey: return "CAHPS for MIPS Survey";
  }
  std::abort();  // not an enumerator
}

std::optional<CodePurpose> parse_code_purpose(std::string_view text) {
  if (text == "verifyEmailAddress") return CodePurpose::verify_email_address;
  if (text == "signIn") return CodePurpose::sign_in;
  return std::nullopt;
}

const AccountId& service_center_account() {
  static const AccountId id = AccountId::parse("00000000-0000-7000-8000-000000000000").value();
  return id;
}

}  // namespace notification
