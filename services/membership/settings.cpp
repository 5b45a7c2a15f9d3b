#include "membership/settings.hpp"

namespace membership {

process::SettingsReader::Command read_settings(Settings& settings, int argc, char** argv) {
  process::SettingsReader reader("membership");
  reader
      .required_text("database-url", settings.database_url,
                     "sqlite:PATH or postgresql://USER@HOST/NAME")
      .address("listen", settings.host, settings.port, "where the public API listens")
      .address("internal-listen", settings.internal_host, settings.internal_port,
               "where events, health and metrics are served; no ingress exposes it")
      .list("allowed-origins", settings.allowed_origins, "front ends that may call (CORS)")
      .list("trusted-proxies", settings.trusted_proxies,
            "addresses whose X-Forwarded-For is believed")
      .boolean("totp-required", settings.totp_required,
               "whether decisions and removals need a session signed in with TOTP")
      .text("issuer", settings.issuer, "the issuer that access tokens name")
      .text("identity-url", settings.identity_url, "identity's internal base URL")
      .text("notification-url", settings.notification_url, "notification's internal base URL")
      .text("client-id", settings.client_id, "this service's credential at identity")
      .secret("client-secret", settings.client_secret, "its secret")
      .integer("io-threads", settings.io_threads, 1, 64, "threads that frame requests")
      .integer("handler-threads", settings.handler_threads, 1, 1024, "threads that answer requests")
      .integer("connections-max", settings.connections_max, 1, 1'000'000,
               "open connections per listener")
      .duration("role-request-lifetime", settings.role_request_lifetime,
                "how long a role request waits for a decision")
      .duration("sweep-period", settings.sweep_period,
                "how often role requests whose time is over are marked")
      .duration("clock-offset", settings.clock_offset, "added to the system clock; for tests")
      .command("migrate", {}, "bring the database's schema up to date, and exit")
      .command("import-organizations", {"FILE"},
               "bring in organizations from a CSV file (see services/membership/README.md), and "
               "exit; - reads standard input");
  return reader.read(argc, argv);
}

}  // namespace membership
