#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace web {

/// Proxies whose X-Forwarded-For is believed: addresses ("10.0.0.7", "::1") or networks
/// ("10.0.0.0/8").
class TrustedProxies {
 public:
  /// Throws std::invalid_argument for text that is neither.
  explicit TrustedProxies(const std::vector<std::string>& addresses);

  /// The address the request comes from: the peer or, if that is a trusted proxy, the last address
  /// of `forwarded_for` (the header's values, in order) that is none.
  std::string source_address(const std::string& peer,
                             const std::vector<std::string>& forwarded_for) const;

 private:
  struct Network {
    std::string bytes;  // 16, IPv4 as mapped addresses
    unsigned bits;
  };
  bool trusts(std::string_view bytes) const;

  std::vector<Network> networks_;
};

}  // namespace web
