#include <string>

#include <catch2/catch.hpp>

#include "contract/operations.hpp"
#include "support/system.hpp"
#include "vocabulary/id.hpp"

namespace {

using contract::Operation;
using testing::Answer;
using testing::Headers;

std::string path_of(const Operation& operation) {
  const auto id = operation.path.find("{id}");
  if (id == std::string::npos) return operation.path;
  auto path = operation.path.substr(0, id) + vocabulary::new_uuid() + operation.path.substr(id + 4);
  const std::string program = "{program}";
  if (const auto at = path.find(program); at != std::string::npos) {
    path.replace(at, program.size(), "cmsWebInterface");
  }
  return path;
}

bool documents(const Operation& operation, const std::string& status) {
  return operation.description.at("responses").contains(status);
}

bool has_parameter(const Operation& operation, const std::string& place,
                   const std::string& name = "") {
  for (const auto& reference : operation.description.value("parameters", contract::Json::array())) {
    const auto& parameter = contract::resolve(reference);
    if (parameter.at("in") == place && (name.empty() || parameter.at("name") == name)) return true;
  }
  return false;
}

/// The headers it cannot do without.
Headers headers_of(const Operation& operation) {
  if (documents(operation, "428")) return {{"If-Match", "\"1\""}};
  return {};
}

/// The example of its body; null when it has none.
contract::Json body_of(const Operation& operation) {
  if (!operation.description.contains("requestBody")) return nullptr;
  const auto& content = operation.description.at("requestBody").at("content");
  if (!content.contains("application/json")) return nullptr;  // a form, refused as OAuth says
  const auto& media = content.at("application/json");
  if (media.contains("example")) return media.at("example");
  return contract::resolve(media.at("examples").front()).at("value");
}

void check(const Answer& answer, int status, const char* problem) {
  CHECK(answer.status == status);
  CHECK(answer.problem() == problem);
}

}  // namespace

TEST_CASE("Every operation refuses malformed requests as openapi.yaml says") {
  testing::System system(database::Kind::sqlite);
  auto person = system.add_person("ada.lovelace", "Ada Lovelace");
  system.start();
  const auto partner_token = system.partner_token();
  const auto client_of = [&](const Operation& operation) {
    const auto service = operation.service();
    const auto client = service == "identity"     ? system.identity_as(person)
                        : service == "membership" ? system.membership_as(person)
                                                  : system.notification_as(person);
    if (operation.access() == "partner") return client.with_token(partner_token);
    return operation.access() == "anonymous" ? client.with_token("") : client;
  };

  // A key that each kind of caller has used already at each service.
  const std::string used_key = "used-before";
  for (const auto& operation : contract::operations()) {
    if (operation.id() == "sendVerificationCode" || operation.id() == "revokeSession" ||
        operation.id() == "withdrawRoleRequest" || operation.id() == "markNotificationRead") {
      client_of(operation).send("POST", path_of(operation), "", {{"Idempotency-Key", used_key}});
    }
  }

  testing::Client anonymous(system.identity.public_url());
  const testing::Json credentials = {
      {"userId", person.user_id},
      {"password", person.password},
      {"statementOfTruthVersion", anonymous.get("/v1/statement-of-truth").body().at("version")}};
  const std::string sign_in_id = anonymous.post("/v1/sign-ins", credentials).body().at("id");

  for (const auto& operation : contract::operations()) {
    INFO(operation.id());
    auto client = client_of(operation);
    const auto body = body_of(operation);
    const auto send = [&](const std::string& text, const Headers& more = {},
                          const std::string& query = "") {
      auto headers = headers_of(operation);
      headers.insert(headers.end(), more.begin(), more.end());
      return client.send(operation.method, path_of(operation) + query, text, headers);
    };
    const std::string text = body.is_null() ? "" : body.dump();

    check(send(text, {}, "?%FF"), 400, "malformed-request");
    if (documents(operation, "401") && operation.access() != "anonymous") {
      check(client.with_token("").send(operation.method, path_of(operation), text), 401,
            "unauthenticated");
    }
    if (documents(operation, "428")) {
      check(client.send(operation.method, path_of(operation), text), 428, "precondition-required");
    }
    if (!body.is_null()) {
      check(send("{"), 400, "malformed-request");
      check(send(text, {{"Content-Type", "text/plain"}}), 415, "unsupported-media-type");
      auto unknown = body;
      unknown["nobodyAskedForThis"] = true;
      check(send(unknown.dump()), 422, "invalid-fields");
    }
    if (has_parameter(operation, "query")) {
      check(send(text, {}, "?nobodyAskedForThis=true"), 422, "invalid-fields");
    }
    if (has_parameter(operation, "header", "Idempotency-Key")) {
      // These two look at who signs in before they look at the key.
      auto path = path_of(operation);
      auto acceptable = text;
      if (operation.id() == "createSignIn") acceptable = credentials.dump();
      if (operation.id() == "completeSignIn")
        path = "/v1/sign-ins/" + sign_in_id + "/second-factor";
      const auto send_with_key = [&](const std::string& key) {
        auto headers = headers_of(operation);
        headers.emplace_back("Idempotency-Key", key);
        return client.send(operation.method, path, acceptable, headers);
      };
      check(send_with_key("short"), 400, "malformed-request");
      check(send_with_key(used_key), 422, "idempotency-key-reused");
    }
  }
}
