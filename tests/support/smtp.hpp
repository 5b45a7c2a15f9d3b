#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace testing {

/// One mail as the SMTP server took it.
struct ReceivedMail {
  std::string from;             // of the envelope, as the next
  std::vector<std::string> to;  // recipients
  std::string message_id;
  std::string to_header;  // decoded, as the next
  std::string subject;
  std::string text;
  std::string html;
  std::string content;  // the raw message
};

/// tests/support/smtp_sink.py as a child process: a real SMTP server on a free loopback port, for
/// the life of this object. bounce@… is refused with 550, later@… with 451 the first `later_times`
/// times, drop@… loses the connection.
class SmtpSink {
 public:
  enum class Tls { none, starttls, smtps };
  struct Options {
    Tls tls = Tls::none;    // with a self-signed certificate for "localhost": see ca_file()
    std::string user = {};  // not empty: AUTH is required
    std::string password = {};
    int later_times = 2;
    std::chrono::milliseconds slow{0};  // before each recipient is answered
  };

  SmtpSink() : SmtpSink(Options{}) {}
  explicit SmtpSink(Options options);
  ~SmtpSink();

  std::uint16_t port() const;
  /// smtp:// or smtps:// at localhost.
  std::string url() const;
  /// What signs the server's certificate.
  std::filesystem::path ca_file() const;

  /// All mails taken so far, across stop() and start().
  std::vector<ReceivedMail> mails() const;
  /// The first mail that satisfies `wanted`; throws when none came within `limit`.
  ReceivedMail wait_for(const std::function<bool(const ReceivedMail&)>& wanted,
                        std::chrono::milliseconds limit = std::chrono::seconds(60)) const;
  /// The first mail to `address` whose subject contains `subject`.
  ReceivedMail wait_for_mail_to(const std::string& address, const std::string& subject = "",
                                std::chrono::milliseconds limit = std::chrono::seconds(60)) const;

  /// The server goes away; start() brings it back on the same port.
  void stop();
  void start();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace testing
