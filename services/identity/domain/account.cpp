#include "identity/domain/account.hpp"

#include <algorithm>

namespace identity {

std::optional<UserId> UserId::parse(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  if (text.size() < 6 || text.size() > 64 || !std::all_of(text.begin(), text.end(), allowed)) {
    return std::nullopt;
  }
  return UserId(std::string(text));
}

}  // namespace identity
