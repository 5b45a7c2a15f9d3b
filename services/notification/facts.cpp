#include "notification/facts.hpp"

#include <stdexcept>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace notification {

namespace {

using nlohmann::json;

constexpr std::size_t text_bytes_max = 4'096;

// One object of the event's data. Messages name the member, never its value.
class Reader {
 public:
  Reader(const json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object_.is_object()) throw std::invalid_argument(path_ + " is not an object");
  }

  std::string text(const char* name) const {
    const json& value = member(name);
    if (!value.is_string()) refuse(name, "is not text");
    const auto& text = value.get_ref<const std::string&>();
    if (text.size() > text_bytes_max) refuse(name, "is too long");
    return text;
  }

  std::string text_or_empty(const char* name) const { return absent(name) ? "" : text(name); }

  template <class Id>
  Id id(const char* name) const {
    return checked(Id::parse(text(name)), name);
  }

  template <class Value>
  Value choice(const char* name, std::optional<Value> (*parse)(std::string_view text)) const {
    return checked(parse(text(name)), name);
  }

  Person person(const char* name) const {
    const Reader reader = object(name);
    return {.account = reader.id<AccountId>("accountId"), .name = reader.text("name")};
  }

  std::optional<Person> optional_person(const char* name) const {
    if (absent(name)) return std::nullopt;
    return person(name);
  }

  OrganizationName organization(const char* name) const { return object(name).organization(); }

  std::int64_t count(const char* name) const {
    const json& value = member(name);
    if (!value.is_number_integer() || value < 0) refuse(name, "is not a count");
    return value.get<std::int64_t>();
  }

  /// What `read` makes of each object of an array.
  template <class Read>
  auto objects(const char* name, Read read) const {
    const json& value = member(name);
    if (!value.is_array()) refuse(name, "is not an array");
    std::vector<decltype(read(*this))> objects;
    for (const auto& item : value) objects.push_back(read(Reader(item, path_ + "." + name)));
    return objects;
  }

  /// The organization that this object is itself.
  OrganizationName organization() const {
    return {.id = id<OrganizationId>("id"), .name = text("name")};
  }

  std::vector<AccountId> accounts(const char* name) const {
    const json& value = member(name);
    if (!value.is_array()) refuse(name, "is not an array");
    std::vector<AccountId> accounts;
    for (const auto& item : value) {
      if (!item.is_string()) refuse(name, "holds what is no id");
      accounts.push_back(checked(AccountId::parse(item.get_ref<const std::string&>()), name));
    }
    return accounts;
  }

  [[noreturn]] void refuse(const char* name, const char* why) const {
    throw std::invalid_argument(path_ + "." + name + " " + why);
  }

 private:
  bool absent(const char* name) const {
    const auto found = object_.find(name);
    return found == object_.end() || found->is_null();
  }

  const json& member(const char* name) const {
    const auto found = object_.find(name);
    if (found == object_.end()) refuse(name, "is missing");
    return *found;
  }

  Reader object(const char* name) const { return {member(name), path_ + "." + name}; }

  template <class Value>
  Value checked(std::optional<Value> parsed, const char* name) const {
    if (!parsed) refuse(name, "is not one of the values it may have");
    return *std::move(parsed);
  }

  const json& object_;
  std::string path_;
};

AccountFact account_fact(const Reader& data) {
  return {.account = data.id<AccountId>("accountId"),
          .name = data.text("name"),
          .email_address = data.text("emailAddress")};
}

CodeIssued code_issued(const Reader& data) {
  return {.account = data.id<AccountId>("accountId"),
          .email_address = data.text("emailAddress"),
          .code = data.text("code"),
          .purpose = data.choice("purpose", parse_code_purpose),
          .expires_at = data.choice("expiresAt", vocabulary::parse_timestamp)};
}

RoleRequestFact role_request_fact(const Reader& data, RoleRequestAct act) {
  auto decided_by = data.optional_person("decidedBy");
  if (!decided_by && (act == RoleRequestAct::approved || act == RoleRequestAct::denied ||
                      act == RoleRequestAct::reopened)) {
    data.refuse("decidedBy", "is missing");
  }
  return {.act = act,
          .role_request = data.id<RoleRequestId>("roleRequestId"),
          .organization = data.organization("organization"),
          .role = data.choice("role", parse_role),
          .requester = data.person("requester"),
          .security_officials = data.accounts("securityOfficials"),
          .decided_by = std::move(decided_by),
          .reason = data.text_or_empty("reason")};
}

MembershipRemoved membership_removed(const Reader& data) {
  return {.membership = data.id<MembershipId>("membershipId"),
          .organization = data.organization("organization"),
          .role = data.choice("role", parse_role),
          .member = data.person("member"),
          .removed_by = data.person("removedBy"),
          .security_officials = data.accounts("securityOfficials"),
          .reason = data.text_or_empty("reason")};
}

DigestDue digest_due(const Reader& data) {
  return {.official = data.id<AccountId>("accountId"),
          .pending_count = data.count("pendingCount"),
          .organization_count = data.count("organizationCount"),
          .organizations = data.objects("organizations", [](const Reader& line) {
            return DigestDue::Line{line.organization(), line.count("pendingCount")};
          })};
}

SingleSecurityOfficial single_security_official(const Reader& data) {
  return {.organization = data.organization("organization"),
          .official = data.id<AccountId>("accountId")};
}

std::optional<bool> parse_registered(std::string_view status) {
  if (status == "registered") return true;
  if (status == "notRegistered") return false;
  return std::nullopt;
}

RegistrationChanged registration_changed(const Reader& data) {
  return {.organization = data.organization("organization"),
          .program = data.choice("program", parse_program),
          .performance_year = data.count("performanceYear"),
          .registered = data.choice("status", parse_registered),
          .changed_by = data.person("changedBy"),
          .security_officials = data.accounts("securityOfficials")};
}

MembershipGranted membership_granted(const Reader& data) {
  return {.membership = data.id<MembershipId>("membershipId"),
          .organization = data.organization("organization"),
          .role = data.choice("role", parse_role),
          .member = data.person("member"),
          .granted_by = data.optional_person("grantedBy"),
          .security_officials = data.accounts("securityOfficials"),
          .reason = data.text_or_empty("reason")};
}

std::optional<RoleRequestAct> role_request_act(std::string_view type) {
  static constexpr std::pair<std::string_view, RoleRequestAct> acts[] = {
      {"roleRequest.created", RoleRequestAct::created},
      {"roleRequest.approved", RoleRequestAct::approved},
      {"roleRequest.denied", RoleRequestAct::denied},
      {"roleRequest.withdrawn", RoleRequestAct::withdrawn},
      {"roleRequest.expired", RoleRequestAct::expired},
      {"roleRequest.superseded", RoleRequestAct::superseded},
      {"roleRequest.reopened", RoleRequestAct::reopened},
      {"roleRequest.reminderDue", RoleRequestAct::reminder_due},
      {"roleRequest.escalated", RoleRequestAct::escalated}};
  for (const auto& [name, act] : acts) {
    if (name == type) return act;
  }
  return std::nullopt;
}

std::optional<SecurityAct> security_act(std::string_view type) {
  static constexpr std::pair<std::string_view, SecurityAct> acts[] = {
      {"account.locked", SecurityAct::locked},
      {"account.passwordChanged", SecurityAct::password_changed},
      {"account.totpEnrolled", SecurityAct::totp_enrolled},
      {"account.recoveryCodeUsed", SecurityAct::recovery_code_used}};
  for (const auto& [name, act] : acts) {
    if (name == type) return act;
  }
  return std::nullopt;
}

std::optional<Fact> fact_of_identity(const events::Event& event) {
  const auto data = [&] { return Reader(event.data, "data"); };
  if (event.type == "account.verified" || event.type == "account.changed") {
    return account_fact(data());
  }
  if (event.type == "account.codeIssued") return code_issued(data());
  if (const auto act = security_act(event.type)) {
    return SecurityFact{
        .account = data().id<AccountId>("accountId"), .act = *act, .occurred_at = event.time};
  }
  return std::nullopt;
}

std::optional<Fact> fact_of_membership(const events::Event& event) {
  const auto data = [&] { return Reader(event.data, "data"); };
  if (const auto act = role_request_act(event.type)) return role_request_fact(data(), *act);
  if (event.type == "membership.removed") return membership_removed(data());
  if (event.type == "roleRequests.digestDue") return digest_due(data());
  if (event.type == "organization.singleSecurityOfficial") {
    return single_security_official(data());
  }
  if (event.type == "registration.changed") return registration_changed(data());
  if (event.type == "membership.granted") return membership_granted(data());
  return std::nullopt;
}

}  // namespace

std::optional<Fact> parse_fact(const events::Event& event) {
  if (event.source == "/identity") return fact_of_identity(event);
  if (event.source == "/membership") return fact_of_membership(event);
  return std::nullopt;
}

}  // namespace notification
