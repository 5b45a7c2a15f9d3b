#pragma once

#include <filesystem>

#include "notification/mail/transport.hpp"

namespace notification {

/// Writes each mail as an .eml file into the `new` folder of a maildir, durably, instead of sending
/// it. A mail that is tried again replaces its file.
class Maildir : public Transport {
 public:
  /// Makes the folders. Throws std::filesystem::filesystem_error where it cannot.
  explicit Maildir(std::filesystem::path directory);

  Outcome deliver(const Delivery& delivery, const std::function<bool()>& give_up) override;

 private:
  std::filesystem::path directory_;
};

}  // namespace notification
