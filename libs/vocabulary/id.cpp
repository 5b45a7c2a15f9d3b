#include "vocabulary/id.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stdexcept>

#include <sys/random.h>

namespace vocabulary {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr auto hex_bytes = [] {
  std::array<bool, 256> hex{};
  for (const char digit : hex_digits) hex[static_cast<unsigned char>(digit)] = true;
  return hex;
}();

template <std::size_t size>
std::array<std::uint8_t, size> random_bytes() {
  std::array<std::uint8_t, size> bytes{};
  if (getrandom(bytes.data(), size, 0) != static_cast<ssize_t>(size)) {
    throw std::runtime_error("the kernel gave no random bytes");
  }
  return bytes;
}

bool is_dash_position(std::size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

// Milliseconds and the 12-bit counter that orders ids within one millisecond (RFC 9562, 6.2).
struct Tick {
  std::uint64_t milliseconds;
  std::uint32_t counter;
};

Tick next_tick() {
  static std::mutex mutex;
  static Tick last{0, 0};
  constexpr std::uint32_t counter_max = 0xFFF;

  const auto now =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                     std::chrono::system_clock::now().time_since_epoch())
                                     .count());
  const auto random = random_bytes<2>();
  const std::uint32_t start = ((random[0] & 0x7u) << 8) | random[1];  // leaves room to count

  const std::lock_guard lock(mutex);
  if (now > last.milliseconds) {
    last = {now, start};
  } else if (last.counter < counter_max) {
    ++last.counter;
  } else {
    last = {last.milliseconds + 1, start};
  }
  return last;
}

}  // namespace

std::string new_uuid() {
  const Tick tick = next_tick();
  std::array<std::uint8_t, 16> bytes{};
  const auto random = random_bytes<8>();
  for (std::size_t i = 0; i < 6; ++i) {
    bytes[i] = static_cast<std::uint8_t>(tick.milliseconds >> (40 - 8 * i));
  }
  bytes[6] = static_cast<std::uint8_t>(0x70u | (tick.counter >> 8));
  bytes[7] = static_cast<std::uint8_t>(tick.counter & 0xFFu);
  for (std::size_t i = 0; i < 8; ++i) bytes[8 + i] = random[i];
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3Fu) | 0x80u);

  std::string text;
  text.reserve(36);
  for (const std::uint8_t byte : bytes) {
    if (is_dash_position(text.size())) text += '-';
    text += hex_digits[byte >> 4];
    text += hex_digits[byte & 0xFu];
  }
  return text;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto character = static_cast<unsigned char>(text[i]);
    if (is_dash_position(i) ? character != '-' : !hex_bytes[character]) return false;
  }
  return true;
}

}  // namespace vocabulary
