#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/settings.hpp"
#include "notification/domain/support_contact.hpp"
#include "notification/mail/sender.hpp"
#include "notification/mail/smtp.hpp"
#include "web/server.hpp"

namespace notification {

struct Settings {
  std::string database_url;
  web::ServerOptions public_server{.port = 8083};
  web::ServerOptions internal_server{.port = 8093};
  std::string issuer = "http://127.0.0.1:8081";
  std::string identity_url = "http://127.0.0.1:8091";
  std::chrono::milliseconds clock_offset{0};
  SmtpOptions smtp;  // without a URL mails go to the maildir
  std::string maildir = "var/mail";
  SenderOptions sender;
};

/// Fills `settings` from flags, environment and file. Throws process::BadSettings.
process::SettingsReader::Command read_settings(Settings& settings, int argc, char** argv);

}  // namespace notification
