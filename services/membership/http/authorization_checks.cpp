#include "membership/http/authorization_checks.hpp"

#include "membership/authorization_checks.hpp"
#include "web/body.hpp"

namespace membership {

namespace {

constexpr std::size_t checks_max = 100;

std::string_view to_reason(const std::optional<Refusal>& refusal) {
  if (!refusal) return "allowedByRole";
  return *refusal == Refusal::not_found ? "notAMember" : "notASecurityOfficial";
}

std::string to_json(const std::vector<std::optional<Refusal>>& answers) {
  std::string body = R"({"results":[)";
  for (const auto& refusal : answers) {
    if (body.back() == '}') body += ',';
    body += refusal ? R"({"allowed":false,"reason":")" : R"({"allowed":true,"reason":")";
    body += to_reason(refusal);
    body += "\"}";
  }
  return body += "]}";
}

}  // namespace

web::Response check_authorizations(Service& service, const web::Request& request) {
  web::BodyReader body(request);
  const auto checks = body.objects("checks", 1, checks_max, [](web::BodyReader& item) {
    return AuthorizationCheck{.account = item.id<AccountId>("accountId"),
                              .organization = item.id<OrganizationId>("organizationId"),
                              .action = item.choice("action", parse_organization_action)};
  });
  body.finish();
  const auto answers = service.database.read_committed([&](database::Transaction& transaction) {
    Store store(transaction);
    return check_authorizations(store, checks);
  });
  return {200, "application/json", to_json(answers)};
}

}  // namespace membership
