#include "identity/domain/lockout.hpp"

#include <algorithm>

#include <arpa/inet.h>

namespace identity {

bool may_try(const LockoutPolicy& policy, const Tries& tries, Timestamp now) {
  const bool locked = tries.locked_until && now < *tries.locked_until;
  return !locked && tries.reserved < policy.tries_max;
}

std::optional<Timestamp> earned_lock(const LockoutPolicy& policy, const Tries& tries,
                                     Timestamp now) {
  if (tries.wrong < policy.tries_max) return std::nullopt;
  return now + policy.duration;
}

std::string network_of(std::string_view source_address) {
  const std::string text(source_address);
  in6_addr address{};
  if (inet_pton(AF_INET6, text.c_str(), &address) != 1) return text;
  if (IN6_IS_ADDR_V4MAPPED(&address)) return text.substr(text.rfind(':') + 1);
  std::fill(std::begin(address.s6_addr) + 8, std::end(address.s6_addr), std::uint8_t{0});
  char network[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, &address, network, sizeof network);
  return std::string(network) + "/64";
}

}  // namespace identity
