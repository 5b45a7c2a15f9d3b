#include "web/source_address.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <stdexcept>

#include <arpa/inet.h>

#include "vocabulary/text.hpp"

namespace web {

namespace {

constexpr std::string_view mapped_prefix{"\0\0\0\0\0\0\0\0\0\0\xFF\xFF", 12};

// 16 bytes, IPv4 as a mapped address.
std::optional<std::string> parse_address(std::string_view text) {
  const std::string terminated(text);
  std::array<char, 16> bytes{};
  if (inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1) {
    return std::string(mapped_prefix).append(bytes.data(), 4);
  }
  if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) {
    return std::string(bytes.data(), bytes.size());
  }
  return std::nullopt;
}

std::string to_text(const std::string& bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (bytes.starts_with(mapped_prefix)) {
    inet_ntop(AF_INET, bytes.data() + mapped_prefix.size(), text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  }
  return text.data();
}

}  // namespace

TrustedProxies::TrustedProxies(const std::vector<std::string>& addresses) {
  for (const std::string_view text : addresses) {
    const auto slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address) throw std::invalid_argument("not an address or network: " + std::string(text));
    unsigned bits = 128;
    if (slash != std::string_view::npos) {
      const auto digits = text.substr(slash + 1);
      const unsigned offset = text.find(':') == std::string_view::npos ? 96 : 0;
      const auto* const end = digits.data() + digits.size();
      if (digits.empty() || std::from_chars(digits.data(), end, bits).ptr != end ||
          bits > 128 - offset) {
        throw std::invalid_argument("not an address or network: " + std::string(text));
      }
      bits += offset;
    }
    networks_.push_back({*address, bits});
  }
}

bool TrustedProxies::trusts(std::string_view bytes) const {
  for (const auto& network : networks_) {
    const auto whole = network.bits / 8;
    const auto mask = static_cast<unsigned char>(0xFF00U >> (network.bits % 8));
    if (bytes.substr(0, whole) != std::string_view(network.bytes).substr(0, whole)) continue;
    if (whole == 16 || ((static_cast<unsigned char>(bytes[whole]) ^
                         static_cast<unsigned char>(network.bytes[whole])) &
                        mask) == 0) {
      return true;
    }
  }
  return false;
}

std::string TrustedProxies::source_address(const std::string& peer,
                                           const std::vector<std::string>& forwarded_for) const {
  auto source = parse_address(peer);
  if (!source) return peer;
  for (auto value = forwarded_for.rbegin(); value != forwarded_for.rend(); ++value) {
    std::string_view rest = *value;
    while (true) {
      if (!trusts(*source)) return to_text(*source);
      const auto comma = rest.rfind(',');
      const auto hop = comma == std::string_view::npos ? rest : rest.substr(comma + 1);
      auto address = parse_address(vocabulary::trim(hop));
      if (!address) return to_text(*source);
      source = std::move(address);
      if (comma == std::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return to_text(*source);
}

}  // namespace web
