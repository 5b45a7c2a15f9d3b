#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "notification/mail/transport.hpp"

namespace notification {

struct SmtpOptions {
  std::string url;  // smtp:// or smtps://host:port
  std::string user = {};
  std::string password = {};
  std::string ca_file = {};  // else the system's
  bool tls_required = true;  // STARTTLS with smtp://; smtps:// is TLS in any case
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds timeout{20'000};  // of a whole delivery
};

/// Sends by SMTP over a connection that is kept between mails.
class Smtp : public Transport {
 public:
  explicit Smtp(SmtpOptions options);
  ~Smtp() override;

  Outcome deliver(const Delivery& delivery, const std::function<bool()>& give_up) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace notification
