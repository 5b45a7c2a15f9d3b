#include <filesystem>

#include <catch2/catch.hpp>

#include "auth/authenticator.hpp"
#include "auth/jws.hpp"
#include "support/http.hpp"
#include "support/notification_builders.hpp"
#include "support/notification_running.hpp"
#include "support/processes.hpp"
#include "web/server.hpp"

using namespace told;

namespace {

// Stands in for identity: it has keys, and signs for whom it likes.
class KeysOfIdentity {
 public:
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

  std::string service_token(const char* audience) const {
    return auth::sign_token(
        key_, "at+jwt",
        auth::access_claims({.kind = auth::Principal::Kind::service,
                             .subject = "membership",
                             .session = "",
                             .signed_in_with_totp = false,
                             .scopes = {"events"}},
                            url(), audience, vocabulary::now(), std::chrono::minutes(5)));
  }

 private:
  auth::Key key_ = auth::Key::generate();
  web::Server server_{
      {},
      {{web::Method::get, "/.well-known/jwks.json", "getJwks", web::Access::anonymous,
        [this](const web::Request&) {
          return web::json_response(200, {{"keys", {key_.to_public_jwk()}}});
        }}},
      [](std::string_view) { return std::nullopt; }};
};

}  // namespace

TEST_CASE("The process is ready with keys, takes events, mails, and keeps all over a restart") {
  const KeysOfIdentity identity;
  const testing::TemporaryFolder folder;
  const auto maildir = folder.path() / "mail";
  testing::ServiceProcess process("notification",
                                  {{"database-url", "sqlite:" + (folder.path() / "n.db").string()},
                                   {"identity-url", identity.url()},
                                   {"issuer", identity.url()},
                                   {"maildir", maildir.string()}},
                                  folder.path());
  process.start();
  testing::Client internal(process.internal_url(), identity.service_token("notification"));
  RunningNotification::wait_until([&] { return internal.get("/readyz").status == 200; });

  const auto batch = Json::array({to_json(account_event(thomas, "thomas@example.org")),
                                  to_json(security_event(thomas, "account.locked"))});
  const testing::Headers type{{"Content-Type", "application/cloudevents-batch+json"}};
  CHECK(internal.with_token(identity.service_token("membership"))
            .send("POST", "/internal/v1/events", batch.dump(), type)
            .status == 401);
  CHECK(internal.send("POST", "/internal/v1/events", batch.dump(), type).status == 200);
  const auto mails = [&] {
    return std::distance(std::filesystem::directory_iterator(maildir / "new"), {});
  };
  RunningNotification::wait_until([&] { return mails() == 1; });
  CHECK(process.terminate() == 0);

  process.start();
  RunningNotification::wait_until([&] { return internal.get("/readyz").status == 200; });
  CHECK(internal.send("POST", "/internal/v1/events", batch.dump(), type).status == 200);
  CHECK(internal.get("/metrics").text.find("\nemails_queued 0\n") != std::string::npos);
  CHECK(mails() == 1);
  for (const char* secret : {"thomas@example.org", "Thomas Miller"}) {
    CHECK(process.log().find(secret) == std::string::npos);
  }
}

TEST_CASE("The process names every setting that is wrong") {
  const testing::TemporaryFolder folder;
  testing::ServiceProcess process("notification",
                                  {{"database-url", "sqlite:n.db"},
                                   {"smtp-url", "http://mail.example"},
                                   {"smtp-user", "countersign"},
                                   {"smtp-tls", "off"},
                                   {"mail-from", "<no-reply@countersign.example>"}},
                                  folder.path());
  std::string said;
  try {
    process.start();
  } catch (const std::exception& failure) {
    said = failure.what();
  }
  for (const char* setting : {"smtp-url", "smtp-user", "mail-from"}) {
    CHECK(said.find(setting) != std::string::npos);
  }
}
