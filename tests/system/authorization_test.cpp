#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <regex>
#include <set>

#include <catch2/catch.hpp>

#include "support/paths.hpp"
#include "support/system.hpp"

using namespace testing;

namespace {

enum class Caller {
  anonymous,
  stranger,
  requester,
  staff_user,
  official_here,
  official_elsewhere,
  removed_official,
  service_center_agent,
  service,
  partner
};
constexpr int callers = 9;  // with a column in the matrix; expected_of_partner() has the last
constexpr const char* caller_names[callers] = {
    "anonymous",     "stranger",           "requester",        "staff user",
    "official here", "official elsewhere", "removed official", "service center agent",
    "service"};

constexpr const char* nobody = "01900000-0000-7000-8000-000000000000";

// One clinic with every kind of caller around it, in the three real processes.
class World {
 public:
  World() {
    system.add_practice("000000001", "Acme Clinic, LLC", {official_, second_official_, removed_});
    system.add_practice("000000002", "Greenville Medical Clinic", {elsewhere_});
    system.membership.command({"grant-service-center-agent", agent_.account_id});
    system.start();
    clinic = system.find_practice(official_, "000000001");
    system.connect(staff_, clinic, "staffUser", official_);
    system.remove(system.member(clinic, removed_, official_)["id"], official_);
  }

  // What to act on, made anew when an earlier act has used it up.
  std::string pending_request() {
    const auto pending = system.membership_as(official_)
                             .get("/v1/organizations/" + clinic + "/role-requests?limit=200")
                             .body();
    for (const auto& request : pending["items"]) {
      if (request["requester"]["accountId"] == requester_.account_id) return request["id"];
    }
    const auto member = system.member(clinic, requester_, official_);
    if (!member.is_null()) system.remove(member["id"], official_);
    return system.ask(requester_, clinic, "staffUser");
  }
  std::string denied_request() {
    const auto id = pending_request();
    system.membership_as(official_).post("/v1/role-requests/" + id + "/deny");
    return id;
  }
  std::string others_membership() {
    const auto member = system.member(clinic, victim_, official_);
    return member.is_null() ? system.connect(victim_, clinic, "staffUser", official_)
                            : member["id"].get<std::string>();
  }
  std::string others_notification() {
    std::vector<Json> told;
    eventually([&] { return !(told = system.notifications(second_official_)).empty(); });
    return told.at(0)["id"];
  }
  std::string others_session() {
    return system.identity_as(second_official_).get("/v1/sessions").body()["items"][0]["id"];
  }
  std::string own_name(Caller caller) { return person(caller).name; }

  // A wish at the clinic that a row made is taken back: later rows judge the same callers.
  void withdraw(const Answer& asked, Caller caller) {
    if (asked.status != 201) return;
    system.membership_as(person(caller))
        .post("/v1/role-requests/" + asked.body()["id"].get<std::string>() + "/withdraw");
  }

  Client client(Caller caller, const ServiceProcess& service, const std::string& url) {
    if (caller == Caller::anonymous) return Client(url);
    if (caller == Caller::service) return Client(url, service_token(service));
    if (caller == Caller::partner) return Client(url, partner_token());
    auto& who = person(caller);
    if (!tokens_.contains(who.user_id)) {
      tokens_[who.user_id] = sign_in(Client(system.identity.public_url()), who).at("accessToken");
    }
    return Client(url, tokens_[who.user_id]);
  }

  System system{database::Kind::sqlite};
  std::string clinic;

 private:
  Person& person(Caller caller) {
    switch (caller) {
      case Caller::stranger: return stranger_;
      case Caller::requester: return requester_;
      case Caller::staff_user: return staff_;
      case Caller::official_here: return official_;
      case Caller::official_elsewhere: return elsewhere_;
      case Caller::removed_official: return removed_;
      case Caller::service_center_agent: return agent_;
      case Caller::anonymous:
      case Caller::service:
      case Caller::partner: break;
    }
    throw std::logic_error("not a person");
  }

  // Good for exactly the service that is called.
  std::string service_token(const ServiceProcess& service) {
    const std::string audience = &service == &system.identity     ? "identity"
                                 : &service == &system.membership ? "membership"
                                                                  : "notification";
    auto& token = tokens_["service for " + audience];
    if (token.empty()) token = system.service_token(audience);
    return token;
  }

  std::string partner_token() {
    auto& token = tokens_["partner"];
    if (token.empty()) token = system.partner_token();
    return token;
  }

  Person official_ = system.add_person("official.here", "Official Here");
  Person second_official_ = system.add_person("second.official", "Second Official");
  Person removed_ = system.add_person("removed.official", "Removed Official");
  Person elsewhere_ = system.add_person("official.elsewhere", "Official Elsewhere");
  Person staff_ = system.add_person("staff.user", "Staff User");
  Person requester_ = system.add_person("requester", "Requester");
  Person victim_ = system.add_person("victim", "Victim");
  Person stranger_ = system.add_person("stranger", "Stranger");
  Person agent_ = system.add_person("service.center.agent", "Service Center Agent");
  std::map<std::string, std::string> tokens_;
};

using Expected = std::array<int, callers>;

// Anybody at all; any person, whatever they are where.
constexpr Expected anybody(int status) {
  return {status, status, status, status, status, status, status, status, status};
}
constexpr Expected any_person(int status) {
  return {401, status, status, status, status, status, status, status, 401};
}
constexpr Expected agents_only(int status) {
  return {401, 403, 403, 403, 403, 403, 403, status, 401};
}
constexpr Expected services_only(int status) {
  return {401, 401, 401, 401, 401, 401, 401, 401, status};
}

struct Row {
  const char* operation;
  Expected expected;
  std::function<Answer(World&, Caller)> call;
};

// A partner may do one thing, whatever all may do, and nothing else.
int expected_of_partner(const Row& row) {
  if (row.operation == std::string("checkAuthorizations")) return 200;
  const int anonymous = row.expected[0], stranger = row.expected[1];
  return anonymous == stranger ? anonymous : 403;
}

enum class Listener { open, internal };

// Rows that only send something: `target` names what the path is about, made before each call.
template <ServiceProcess System::*service, Listener listener = Listener::open>
struct Sender {
  static Answer send(World& world, Caller caller, const std::string& method,
                     const std::string& path, const Json& body = nullptr,
                     const Headers& headers = {}) {
    const auto& process = world.system.*service;
    const auto& url = listener == Listener::open ? process.public_url() : process.internal_url();
    return world.client(caller, process, url)
        .send(method, path, body.is_null() ? "" : body.dump(), headers);
  }
};
using Identity = Sender<&System::identity>;
using Membership = Sender<&System::membership>;
using Notification = Sender<&System::notification>;
using InternalIdentity = Sender<&System::identity, Listener::internal>;
using InternalMembership = Sender<&System::membership, Listener::internal>;
using InternalNotification = Sender<&System::notification, Listener::internal>;

template <class To>
std::function<Answer(World&, Caller)> get(std::string path) {
  return [path](World& world, Caller caller) { return To::send(world, caller, "GET", path); };
}

template <class To>
std::function<Answer(World&, Caller)> post(std::string path, Json body = Json::object()) {
  return [path, body](World& world, Caller caller) {
    return To::send(world, caller, "POST", path, body);
  };
}

std::function<Answer(World&, Caller)> at_clinic(std::string rest) {
  return [rest](World& world, Caller caller) {
    return Membership::send(world, caller, "GET", "/v1/organizations/" + world.clinic + rest);
  };
}

std::function<Answer(World&, Caller)> at_clinic_for_center(std::string rest) {
  return [rest](World& world, Caller caller) {
    return Membership::send(world, caller, "GET",
                            "/v1/service-center/organizations/" + world.clinic + rest);
  };
}

std::function<Answer(World&, Caller)> change_registration(std::string verb) {
  return [verb](World& world, Caller caller) {
    return Membership::send(
        world, caller, "POST",
        "/v1/organizations/" + world.clinic + "/registrations/cmsWebInterface/" + verb,
        {{"performanceYear", 2026}}, {{"If-Match", "*"}});
  };
}

std::function<Answer(World&, Caller)> at_request(std::string method, std::string rest) {
  return [method, rest](World& world, Caller caller) {
    return Membership::send(world, caller, method,
                            "/v1/role-requests/" + world.pending_request() + rest,
                            method == "POST" ? Json::object() : Json());
  };
}

std::function<Answer(World&, Caller)> take_no_events(bool by_membership) {
  return [by_membership](World& world, Caller caller) {
    const auto send = by_membership ? InternalMembership::send : InternalNotification::send;
    return send(world, caller, "POST", "/internal/v1/events", Json::array(),
                {{"Content-Type", "application/cloudevents-batch+json"}});
  };
}

// anonymous, stranger, requester, staff user, official here, official elsewhere, removed official,
// service center agent, service: what each is answered. 422 to an empty body shows that the door is
// open, and no more.
const Row rows[] = {
    {"createAccount", anybody(422), post<Identity>("/v1/accounts")},
    {"verifyEmailAddress", anybody(422),
     post<Identity>("/v1/accounts/" + std::string(nobody) + "/verify-email-address")},
    {"sendVerificationCode", anybody(202),
     post<Identity>("/v1/accounts/" + std::string(nobody) + "/send-verification-code")},
    {"getStatementOfTruth", anybody(200), get<Identity>("/v1/statement-of-truth")},
    {"createSignIn", anybody(422), post<Identity>("/v1/sign-ins")},
    {"sendSignInCode", anybody(202),
     post<Identity>("/v1/sign-ins/" + std::string(nobody) + "/send-code")},
    {"completeSignIn", anybody(422),
     post<Identity>("/v1/sign-ins/" + std::string(nobody) + "/second-factor")},
    {"refreshTokens", anybody(422), post<Identity>("/v1/tokens/refresh")},
    {"getJwks", anybody(200), get<Identity>("/.well-known/jwks.json")},
    {"listSessions", any_person(200), get<Identity>("/v1/sessions")},
    {"revokeSession", any_person(404),
     [](World& world, Caller caller) {
       return Identity::send(world, caller, "POST",
                             "/v1/sessions/" + world.others_session() + "/revoke");
     }},
    {"getAccount", any_person(200), get<Identity>("/v1/account")},
    {"updateAccount", any_person(200),
     [](World& world, Caller caller) {
       const bool nameless = caller == Caller::anonymous || caller == Caller::service ||
                             caller == Caller::partner;
       return Identity::send(world, caller, "PATCH", "/v1/account",
                             {{"name", nameless ? "Nobody" : world.own_name(caller)}},
                             {{"If-Match", "*"}});
     }},
    {"changePassword", any_person(422), post<Identity>("/v1/account/change-password")},
    {"startTotpEnrolment", any_person(201), post<Identity>("/v1/account/totp", nullptr)},
    {"confirmTotpEnrolment", any_person(422), post<Identity>("/v1/account/totp/confirm")},
    {"replaceRecoveryCodes", any_person(201),
     post<Identity>("/v1/account/recovery-codes", nullptr)},
    {"listAccountEvents", any_person(200), get<Identity>("/v1/account/events")},
    {"createServiceToken", anybody(401),  // a bearer token is no client's secret
     [](World& world, Caller caller) {
       const auto& url = world.system.identity.internal_url();
       return world.client(caller, world.system.identity, url)
           .send("POST", "/internal/v1/token", "grant_type=client_credentials&audience=membership",
                 {{"Content-Type", "application/x-www-form-urlencoded"}});
     }},

    {"getManageAccess", any_person(200), get<Membership>("/v1/manage-access")},
    {"findOrganization", any_person(200),
     post<Membership>("/v1/organizations/find",
                      {{"type", "practice"}, {"identifier", "000000001"}})},
    {"getOrganization", {401, 404, 404, 200, 200, 404, 404, 404, 401}, at_clinic("")},
    {"listMembers", {401, 404, 404, 403, 200, 404, 404, 404, 401}, at_clinic("/members")},
    {"listOrganizationRoleRequests",
     {401, 404, 404, 403, 200, 404, 404, 404, 401},
     at_clinic("/role-requests")},
    {"listOrganizationAudit", {401, 404, 404, 403, 200, 404, 404, 404, 401}, at_clinic("/audit")},
    {"listRegistrations", {401, 404, 404, 200, 200, 404, 404, 404, 401}, at_clinic("/registrations")},
    {"registerOrganization",
     {401, 404, 404, 403, 409, 404, 404, 404, 401},  // no window is open
     change_registration("register")},
    {"cancelRegistration",
     {401, 404, 404, 403, 200, 404, 404, 404, 401},  // it is not registered already
     change_registration("cancel")},
    {"claimOrganization", any_person(409),
     [](World& world, Caller caller) {
       return Membership::send(world, caller, "POST",
                               "/v1/organizations/" + world.clinic + "/claim",
                               {{"taxpayerIdentificationNumber", "000000001"},
                                {"nationalProviderIdentifier", "0000000006"},
                                {"providerTransactionAccessNumber", "X00001"}});
     }},
    {"createRoleRequest",
     {401, 201, 409, 409, 409, 201, 201, 201, 401},
     [](World& world, Caller caller) {
       world.pending_request();
       const auto role = caller == Caller::official_here ? "securityOfficial" : "staffUser";
       const auto answer = Membership::send(world, caller, "POST", "/v1/role-requests",
                                            {{"organizationId", world.clinic}, {"role", role}});
       world.withdraw(answer, caller);
       return answer;
     }},
    {"getRoleRequest", {401, 404, 200, 404, 200, 404, 404, 404, 401}, at_request("GET", "")},
    {"approveRoleRequest",
     {401, 404, 403, 403, 200, 404, 404, 404, 401},
     at_request("POST", "/approve")},
    {"denyRoleRequest", {401, 404, 403, 403, 200, 404, 404, 404, 401}, at_request("POST", "/deny")},
    {"decideRoleRequests",
     {401, 404, 403, 403, 200, 404, 404, 404, 401},
     [](World& world, Caller caller) -> Answer {
       const Json item = {{"roleRequestId", world.pending_request()}, {"verdict", "denied"}};
       auto answer = Membership::send(world, caller, "POST", "/v1/role-requests/decide",
                                      {{"items", Json::array({item})}});
       if (answer.status != 200) return answer;
       const Json decided = answer.body()["items"][0];
       if (!decided.contains("problem")) return answer;
       return {.status = decided["status"],
               .headers = {{"content-type", "application/problem+json"}},
               .text = decided["problem"].dump()};
     }},
    {"reopenRoleRequest",
     {401, 404, 403, 403, 200, 404, 404, 404, 401},
     [](World& world, Caller caller) {
       return Membership::send(world, caller, "POST",
                               "/v1/role-requests/" + world.denied_request() + "/reopen");
     }},
    {"withdrawRoleRequest",
     {401, 404, 200, 404, 404, 404, 404, 404, 401},
     at_request("POST", "/withdraw")},
    {"getMembership",
     {401, 404, 404, 404, 200, 404, 404, 404, 401},
     [](World& world, Caller caller) {
       return Membership::send(world, caller, "GET",
                               "/v1/memberships/" + world.others_membership());
     }},
    {"removeMembership",
     {401, 404, 404, 403, 200, 404, 404, 404, 401},
     [](World& world, Caller caller) {
       return Membership::send(world, caller, "POST",
                               "/v1/memberships/" + world.others_membership() + "/remove",
                               Json::object(), {{"If-Match", "*"}});
     }},

    {"findServiceCenterOrganizations", agents_only(200),
     post<Membership>("/v1/service-center/organizations/find",
                      {{"taxpayerIdentificationNumber", "000000001"}})},
    {"listServiceCenterMembers", agents_only(200), at_clinic_for_center("/members")},
    {"listServiceCenterRoleRequests", agents_only(200), at_clinic_for_center("/role-requests")},
    {"exportServiceCenterAudit", agents_only(200), at_clinic_for_center("/audit")},
    {"proposeRemoval", agents_only(422),
     [](World& world, Caller caller) {
       return Membership::send(
           world, caller, "POST",
           "/v1/service-center/memberships/" + world.others_membership() + "/remove",
           {{"taxpayerIdentificationNumber", "000000002"},
            {"reason", "Another clinic's TIN."},
            {"caseNumber", "QPP-0004711"}},
           {{"If-Match", "*"}});
     }},
    {"proposeAppointment", agents_only(422),
     [](World& world, Caller caller) {
       return Membership::send(world, caller, "POST",
                               "/v1/service-center/organizations/" + world.clinic + "/appoint",
                               {{"taxpayerIdentificationNumber", "000000002"},
                                {"reason", "Another clinic's TIN."},
                                {"caseNumber", "QPP-0004711"},
                                {"accountId", nobody}});
     }},
    {"proposeDecision", agents_only(409),
     [](World& world, Caller caller) {
       return Membership::send(
           world, caller, "POST",
           "/v1/service-center/role-requests/" + world.pending_request() + "/decide",
           {{"taxpayerIdentificationNumber", "000000001"},
            {"reason", "Officials can."},
            {"caseNumber", "QPP-0004711"},
            {"verdict", "approved"}});
     }},
    {"listProposals", agents_only(200), get<Membership>("/v1/service-center/proposals")},
    {"getProposal", agents_only(404),
     get<Membership>("/v1/service-center/proposals/" + std::string(nobody))},
    {"confirmProposal", agents_only(404),
     post<Membership>("/v1/service-center/proposals/" + std::string(nobody) + "/confirm", nullptr)},
    {"rejectProposal", agents_only(404),
     post<Membership>("/v1/service-center/proposals/" + std::string(nobody) + "/reject", nullptr)},
    {"createPartnerToken", anybody(401),  // a bearer token is no client's secret
     [](World& world, Caller caller) {
       const auto& url = world.system.identity.public_url();
       return world.client(caller, world.system.identity, url)
           .send("POST", "/v1/token", "grant_type=client_credentials",
                 {{"Content-Type", "application/x-www-form-urlencoded"}});
     }},
    {"checkAuthorizations", any_person(403),
     post<Membership>("/v1/authorization-checks",
                      {{"checks", Json::array({{{"accountId", nobody},
                                                {"organizationId", nobody},
                                                {"action", "submitData"}}})}})},

    {"listNotifications", any_person(200), get<Notification>("/v1/notifications")},
    {"getUnreadNotificationCount", any_person(200),
     get<Notification>("/v1/notifications/unread-count")},
    {"markNotificationRead", any_person(404),
     [](World& world, Caller caller) {
       return Notification::send(world, caller, "POST",
                                 "/v1/notifications/" + world.others_notification() + "/mark-read");
     }},
    {"markAllNotificationsRead", any_person(200),
     post<Notification>("/v1/notifications/mark-all-read", nullptr)},
    {"getSupportContact", anybody(200), get<Notification>("/v1/support-contact")},

    {"receiveEvents", services_only(200), take_no_events(true)},
    {"receiveEvents", services_only(200), take_no_events(false)},
    {"listParkedEmails", services_only(200),
     get<InternalNotification>("/internal/v1/parked-emails")},
    {"getLiveness", anybody(200), get<InternalMembership>("/livez")},
    {"getReadiness", anybody(200), get<InternalNotification>("/readyz")},
    {"getMetrics", anybody(200), get<InternalIdentity>("/metrics")},

    // Ends the callers' sessions: the last row.
    {"signOut", any_person(204), post<Identity>("/v1/sign-out", nullptr)},
};

std::set<std::string> operations_of_the_contract() {
  std::set<std::string> operations;
  static const std::regex operation_id(R"(operationId: (\w+))");
  for (const auto& entry :
       std::filesystem::directory_iterator(testing::source_root() + "/api/paths")) {
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    for (std::sregex_iterator match(text.begin(), text.end(), operation_id), end; match != end;
         ++match) {
      operations.insert((*match)[1]);
    }
  }
  return operations;
}

}  // namespace

TEST_CASE("Every operation of every listener has a row in the authorization matrix") {
  std::set<std::string> with_row;
  for (const auto& row : rows) with_row.insert(row.operation);
  CHECK(with_row == operations_of_the_contract());
}

TEST_CASE("Every operation answers every kind of caller as the authorization matrix says",
          "[serial]") {
  World world;
  for (const auto& row : rows) {
    for (int caller = 0; caller < callers; ++caller) {
      const auto answer = row.call(world, static_cast<Caller>(caller));
      INFO(row.operation << " by " << caller_names[caller] << ": " << answer.text);
      CHECK(answer.status == row.expected[static_cast<std::size_t>(caller)]);
      // Nobody learns from a refusal whether they were close.
      if (answer.status == 404) CHECK(answer.problem() == "not-found");
    }
    const auto answer = row.call(world, Caller::partner);
    INFO(row.operation << " by partner: " << answer.text);
    CHECK(answer.status == expected_of_partner(row));
  }
}
