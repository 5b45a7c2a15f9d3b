#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/settings.hpp"
#include "membership/domain/reminders.hpp"

namespace membership {

/// Where people get help that nobody in their organization can give.
struct SupportContact {
  std::string phone = "1-866-288-8292";
  std::string teletypewriter = "711";
  std::string email_address = "QPP@cms.hhs.gov";
  std::string hours = "Monday to Friday, 8 a.m. to 8 p.m. ET";
};

struct Settings {
  std::string database_url;
  std::string host = "127.0.0.1";
  std::uint16_t port = 8082;
  std::string internal_host = "127.0.0.1";
  std::uint16_t internal_port = 8092;
  std::vector<std::string> allowed_origins;
  std::vector<std::string> trusted_proxies;
  bool totp_required = true;
  std::string issuer = "http://127.0.0.1:8081";
  std::string identity_url = "http://127.0.0.1:8091";
  std::string notification_url = "http://127.0.0.1:8093";
  std::string client_id = "membership";
  std::string client_secret;
  std::string audit_key;
  std::int64_t io_threads = 2;
  std::int64_t handler_threads = 16;
  std::int64_t connections_max = 15'000;
  std::chrono::milliseconds role_request_lifetime = std::chrono::days(30);
  std::chrono::milliseconds role_request_reopen_within = std::chrono::hours(72);
  ReminderSchedule reminders;
  DigestTime digests;
  std::chrono::milliseconds sweep_period = std::chrono::minutes(1);
  SupportContact support_contact;
  std::string proof_key;
  std::int64_t claims_per_account = 5;
  std::int64_t claims_per_organization = 20;
  std::chrono::milliseconds claim_window = std::chrono::hours(24);
  bool service_center_dual_control = true;
  std::chrono::milliseconds service_center_proposal_lifetime = std::chrono::hours(24);
  std::chrono::milliseconds clock_offset{0};
  std::string checkpoint;    // of verify-audit
  std::string organization;  // of export-audit
};

/// Reads the process's settings; see --help. Throws process::BadSettings.
process::SettingsReader::Command read_settings(Settings& settings, int argc, char** argv);

}  // namespace membership
