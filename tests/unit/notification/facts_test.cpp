#include "notification/facts.hpp"

#include <stdexcept>

#include <catch2/catch.hpp>

#include "support/notification_builders.hpp"

using namespace told;

TEST_CASE("An event of a known type reads as the fact it tells") {
  const auto sent = role_request(RoleRequestAct::denied);
  const auto fact = std::get<RoleRequestFact>(parse_fact(event_of(sent)).value());

  CHECK(fact.act == RoleRequestAct::denied);
  CHECK(fact.role_request == sent.role_request);
  CHECK(fact.organization.name == "Acme Clinic, LLC");
  CHECK(fact.requester == thomas);
  CHECK(fact.decided_by == elizabeth);
  CHECK(fact.security_officials == sent.security_officials);
  CHECK(fact.reason == "Seen your badge.");

  const auto removed = std::get<MembershipRemoved>(parse_fact(event_of(removal())).value());
  CHECK(removed.member == thomas);
  CHECK(removed.removed_by == elizabeth);

  const auto granted = std::get<MembershipGranted>(parse_fact(event_of(grant())).value());
  CHECK(granted.member == thomas);
  CHECK(granted.role == Role::security_official);
  CHECK(granted.granted_by.value().account == service_center_account());

  const auto code = std::get<CodeIssued>(
      parse_fact(code_event(thomas, "thomas@example.org", "123456", monday)).value());
  CHECK(code.code == "123456");
  CHECK(code.expires_at == monday);

  const auto locked =
      std::get<SecurityFact>(parse_fact(security_event(thomas, "account.locked")).value());
  CHECK(locked.act == SecurityAct::locked);
  CHECK(locked.occurred_at == monday);
}

TEST_CASE("What membership tells by itself reads as the fact it tells") {
  const auto reminder = std::get<RoleRequestFact>(
      parse_fact(event_of(role_request(RoleRequestAct::reminder_due))).value());
  CHECK(reminder.act == RoleRequestAct::reminder_due);
  const auto escalated = std::get<RoleRequestFact>(
      parse_fact(event_of(role_request(RoleRequestAct::escalated))).value());
  CHECK(escalated.act == RoleRequestAct::escalated);

  const auto due = std::get<DigestDue>(parse_fact(event_of(digest())).value());
  CHECK(due.official == elizabeth.account);
  CHECK(due.pending_count == 23);
  CHECK(due.organization_count == 3);
  REQUIRE(due.organizations.size() == 2);
  CHECK(due.organizations[0].organization.name == "Acme Clinic, LLC");
  CHECK(due.organizations[1].pending_count == 2);

  const auto single = std::get<SingleSecurityOfficial>(
      parse_fact(event_of(SingleSecurityOfficial{clinic, elizabeth.account})).value());
  CHECK(single.organization.id == clinic.id);
  CHECK(single.official == elizabeth.account);
}

TEST_CASE("A changed registration reads as the fact it tells, and a malformed one is refused") {
  const auto changed =
      std::get<RegistrationChanged>(parse_fact(event_of(registration(true))).value());
  CHECK(changed.organization.name == "Acme Clinic, LLC");
  CHECK(changed.program == Program::cahps_for_mips_survey);
  CHECK(changed.performance_year == 2026);
  CHECK(changed.registered);
  CHECK(changed.changed_by == elizabeth);
  CHECK(changed.security_officials == registration(true).security_officials);

  const auto break_it = GENERATE(
      as<std::function<void(nlohmann::json&)>>(),
      [](nlohmann::json& data) { data["program"] = "mips"; },
      [](nlohmann::json& data) { data["performanceYear"] = "2026"; },
      [](nlohmann::json& data) { data["status"] = "pending"; },
      [](nlohmann::json& data) { data["changedBy"] = nullptr; });
  auto event = event_of(registration(false));
  break_it(event.data);
  CHECK_THROWS_AS(parse_fact(event), std::invalid_argument);
}

TEST_CASE("A malformed digest is refused") {
  const auto break_it = GENERATE(
      as<std::function<void(nlohmann::json&)>>(),
      [](nlohmann::json& data) { data["pendingCount"] = -1; },
      [](nlohmann::json& data) { data["organizationCount"] = "3"; },
      [](nlohmann::json& data) { data["organizations"] = 3; },
      [](nlohmann::json& data) { data["organizations"][0] = 3; },
      [](nlohmann::json& data) { data["organizations"][0]["name"] = nullptr; });
  auto event = event_of(digest());
  break_it(event.data);

  CHECK_THROWS_AS(parse_fact(event), std::invalid_argument);
}

TEST_CASE("An event of an unknown type, or from another source than its type's, is no fact") {
  auto event = security_event(thomas, "account.locked");
  event.type = "account.renamed";
  CHECK_FALSE(parse_fact(event));

  auto foreign = code_event(thomas, "thomas@example.org", "123456", monday);
  foreign.source = "/membership";
  CHECK_FALSE(parse_fact(foreign));
}

TEST_CASE("Malformed data of a known type is refused, by the member and not its value") {
  const auto break_it = GENERATE(
      as<std::function<void(nlohmann::json&)>>(),
      [](nlohmann::json& data) { data = nlohmann::json::array(); },
      [](nlohmann::json& data) { data.erase("requester"); },
      [](nlohmann::json& data) { data["requester"]["accountId"] = "x"; },
      [](nlohmann::json& data) { data["requester"]["name"] = 7; },
      [](nlohmann::json& data) { data["role"] = "owner"; },
      [](nlohmann::json& data) { data["decidedBy"] = nullptr; },
      [](nlohmann::json& data) { data["securityOfficials"] = "all"; },
      [](nlohmann::json& data) { data["securityOfficials"] = {1}; },
      [](nlohmann::json& data) { data["reason"] = std::string(5'000, 'x'); });
  auto event = event_of(role_request(RoleRequestAct::approved));
  break_it(event.data);

  CHECK_THROWS_AS(parse_fact(event), std::invalid_argument);
}
