#include "membership/settings.hpp"

#include <array>

namespace membership {

namespace {

constexpr std::size_t audit_key_bytes_min = 32;
constexpr std::size_t proof_key_bytes_min = 32;

constexpr std::array weekdays{"sunday",   "monday", "tuesday", "wednesday",
                              "thursday", "friday", "saturday"};

std::chrono::weekday parse_weekday(const std::string& name) {
  for (unsigned day = 0; day < weekdays.size(); ++day) {
    if (weekdays[day] == name) return std::chrono::weekday(day);
  }
  throw process::BadSettings("digest-weekday is not a day such as monday");
}

}  // namespace

process::SettingsReader::Command read_settings(Settings& settings, int argc, char** argv) {
  std::string digest_weekday = weekdays[settings.digests.day.c_encoding()];
  std::int64_t digest_hour = settings.digests.hour.count();
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
      .required_secret("audit-key", settings.audit_key,
                       "what the audit is sealed with: at least 32 bytes, kept out of the database")
      .integer("io-threads", settings.io_threads, 1, 64, "threads that frame requests")
      .integer("handler-threads", settings.handler_threads, 1, 1024, "threads that answer requests")
      .integer("connections-max", settings.connections_max, 1, 1'000'000,
               "open connections per listener")
      .duration("role-request-lifetime", settings.role_request_lifetime,
                "how long a role request waits for a decision")
      .durations("reminders-after", settings.reminders.reminders,
                 "when Security Officials are reminded of a role request that waits")
      .duration("escalation-after", settings.reminders.escalation,
                "when a role request that waits goes to the service center")
      .text("digest-weekday", digest_weekday, "the day of the weekly digest, in UTC")
      .integer("digest-hour", digest_hour, 0, 23, "its hour, in UTC")
      .duration("role-request-reopen-within", settings.role_request_reopen_within,
                "how long after its denial a role request may be reopened")
      .duration("sweep-period", settings.sweep_period,
                "how often role requests whose time is over are marked, and reminders sent")
      .text("support-phone", settings.support_contact.phone,
            "of the service center, in refusals that only it can help with")
      .text("support-email", settings.support_contact.email_address, "the same")
      .text("support-hours", settings.support_contact.hours, "the same")
      .duration("clock-offset", settings.clock_offset, "added to the system clock; for tests")
      .text("checkpoint", settings.checkpoint,
            "verify-audit: a file of write-audit-checkpoint; all it counted must be there still")
      .text("organization", settings.organization,
            "export-audit: id of the organization, or \"service\"; all when not given")
      .command("migrate", {}, "bring the database's schema up to date, and exit")
      .secret("proof-key", settings.proof_key,
              "what clinicians on record are hashed with: at least 32 bytes, kept out of the "
              "database; without it every claim waits for the service center")
      .integer("claims-per-account", settings.claims_per_account, 1, 1'000'000,
               "attempts of one person to prove a practice, in claim-window")
      .integer("claims-per-organization", settings.claims_per_organization, 1, 1'000'000,
               "attempts of all to prove one practice, in claim-window")
      .duration("claim-window", settings.claim_window, "how long attempts are counted together")
      .boolean("service-center-dual-control", settings.service_center_dual_control,
               "whether acts of the service center need a second agent")
      .duration("service-center-proposal-lifetime", settings.service_center_proposal_lifetime,
                "how long an act waits for the second agent")
      .command("import-clinicians", {"FILE"},
               "put clinicians of practices on record from a CSV file (see "
               "services/membership/README.md), and exit; - reads standard input")
      .command("grant-service-center-agent", {"ACCOUNT_ID"},
               "let that person act for the service center, and exit")
      .command("revoke-service-center-agent", {"ACCOUNT_ID"}, "take that back, and exit")
      .command(
          "check-counters", {},
          "recount the members, Security Officials and pending requests of every organization, "
          "name what is kept otherwise, and exit with 1 if anything is")
      .command("import-registration-windows", {"FILE"},
               "bring in when programs take registrations, from a CSV file (see "
               "services/membership/README.md), and exit; - reads standard input")
      .command("import-organizations", {"FILE"},
               "bring in organizations from a CSV file (see services/membership/README.md), and "
               "exit; - reads standard input")
      .command(
          "verify-audit", {},
          "check every row of the audit, name the first that is bad, and exit with 1 if one is")
      .command("write-audit-checkpoint", {"FILE"},
               "verify, write where each chain of the audit ends, and exit; a file that is there "
               "is compared first")
      .command("replay-audit", {},
               "verify, make all memberships again from the audit, name each that the tables hold "
               "otherwise, and exit")
      .command("export-audit", {}, "write the audit, one JSON object a line, and exit");
  auto command = reader.read(argc, argv);
  if (settings.audit_key.size() < audit_key_bytes_min) {
    throw process::BadSettings("MEMBERSHIP_AUDIT_KEY is shorter than 32 bytes");
  }
  settings.digests = {.day = parse_weekday(digest_weekday),
                      .hour = std::chrono::hours(digest_hour)};
  if (!settings.proof_key.empty() && settings.proof_key.size() < proof_key_bytes_min) {
    throw process::BadSettings("MEMBERSHIP_PROOF_KEY is shorter than 32 bytes");
  }
  return command;
}

}  // namespace membership
