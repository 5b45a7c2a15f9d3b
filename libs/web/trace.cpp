#include "web/trace.hpp"

#include <algorithm>
#include <array>

#include <sodium.h>

namespace web {

namespace {

template <std::size_t bytes>
std::string random_hex() {
  std::array<unsigned char, bytes> random{};
  std::array<char, 2 * bytes + 1> hex{};
  do {
    randombytes_buf(random.data(), random.size());
  } while (sodium_is_zero(random.data(), random.size()) != 0);  // zeros mean "no trace"
  sodium_bin2hex(hex.data(), hex.size(), random.data(), random.size());
  return hex.data();
}

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

constexpr std::size_t size_of_version_00 = 55;

bool is_traceparent(std::string_view text) {
  if (text.size() < size_of_version_00) return false;
  if (text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  const auto version = text.substr(0, 2);
  if (!is_lower_hex(version) || version == "ff") return false;
  if (text.size() > size_of_version_00 && (version == "00" || text[size_of_version_00] != '-')) {
    return false;
  }
  const auto trace = text.substr(3, 32);
  const auto parent = text.substr(36, 16);
  return is_lower_hex(trace) && !is_zero(trace) && is_lower_hex(parent) && !is_zero(parent) &&
         is_lower_hex(text.substr(53, 2));
}

}  // namespace

std::string Trace::header() const {
  return "00-" + trace_id + '-' + span_id + (sampled ? "-01" : "-00");
}

Trace continue_trace(std::string_view traceparent) {
  if (!is_traceparent(traceparent)) return {random_hex<16>(), random_hex<8>(), false};
  // The last digit of the flags holds bit 0: sampled.
  const char digit = traceparent[54];
  const int value = digit <= '9' ? digit - '0' : digit - 'a' + 10;
  return {std::string(traceparent.substr(3, 32)), random_hex<8>(), (value & 1) != 0};
}

}  // namespace web
