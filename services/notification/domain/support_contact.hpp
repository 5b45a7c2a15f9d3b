#pragma once

#include <string>

namespace notification {

/// Where people get help: in every mail, and asked for by anybody.
struct SupportContact {
  std::string phone = "1-866-288-8292";
  std::string teletypewriter = "711";
  std::string email_address = "QPP@cms.hhs.gov";
  std::string hours = "Monday to Friday, 8 a.m. to 8 p.m. ET";
};

}  // namespace notification
