#include "notification/domain/message.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "vocabulary/text.hpp"

namespace notification {

namespace {

// With "=?UTF-8?B?" and "?=" around its base64, this stays below a line even behind "Subject: ".
constexpr std::size_t encoded_word_bytes_max = 39;
constexpr std::size_t plain_header_max = 60;
constexpr std::size_t quoted_printable_line_max = 76;

bool is_plain(std::string_view text) {
  return text.size() <= plain_header_max && text.find("=?") == text.npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::string base64(std::string_view bytes) {
  static constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  unsigned bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (held += 8; held >= 6;) text += digits[bits >> (held -= 6) & 63];
  }
  if (held > 0) text += digits[bits << (6 - held) & 63];
  text.resize((text.size() + 3) / 4 * 4, '=');
  return text;
}

std::size_t length_of_character(char first) {
  const auto lead = static_cast<unsigned char>(first);
  return lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
}

std::string encode_words(std::string_view text) {
  std::string words;
  while (!text.empty()) {
    std::size_t size = 0;
    while (size < text.size() && size + length_of_character(text[size]) <= encoded_word_bytes_max) {
      size += length_of_character(text[size]);
    }
    if (!words.empty()) words += "\r\n ";
    words += "=?UTF-8?B?" + base64(text.substr(0, size)) + "?=";
    text.remove_prefix(std::min(size, text.size()));
  }
  return words;
}

std::string encode_mailbox(const Mailbox& mailbox) {
  if (mailbox.name.empty()) return mailbox.address;
  return encode_phrase(mailbox.name) + " <" + mailbox.address + ">";
}

template <class Number>
std::string two_digits(Number number) {
  const auto value = static_cast<unsigned>(number);
  return {static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)};
}

std::string date_text(vocabulary::Timestamp timestamp) {
  static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(timestamp);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(timestamp - day);
  return days[std::chrono::weekday(day).c_encoding()] + std::string(", ") +
         two_digits(static_cast<unsigned>(date.day())) + " " +
         months[static_cast<unsigned>(date.month()) - 1] + " " +
         std::to_string(static_cast<int>(date.year())) + " " + two_digits(time.hours().count()) +
         ":" + two_digits(time.minutes().count()) + ":" + two_digits(time.seconds().count()) +
         " +0000";
}

bool is_safe(const Mailbox& mailbox) {
  return vocabulary::EmailAddress::parse(mailbox.address).has_value() &&
         !vocabulary::has_control_characters(mailbox.name);
}

}  // namespace

std::string encode_header_text(std::string_view text) {
  return is_plain(text) ? std::string(text) : encode_words(text);
}

std::string encode_phrase(std::string_view name) {
  if (!is_plain(name)) return encode_words(name);
  if (name.find_first_of("()<>[]:;@\\,.\"") == name.npos) return std::string(name);
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string encode_quoted_printable(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  std::size_t line = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (c == '\n') {
      encoded += "\r\n";
      line = 0;
      continue;
    }
    const bool ends_line = i + 1 == text.size() || text[i + 1] == '\n' || text[i + 1] == '\r';
    const bool as_is = (c > ' ' && c < 0x7F && c != '=') || ((c == ' ' || c == '\t') && !ends_line);
    const std::size_t width = as_is ? 1 : 3;
    if (line + width >= quoted_printable_line_max) {
      encoded += "=\r\n";
      line = 0;
    }
    line += width;
    if (as_is) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '=';
      encoded += digits[byte >> 4];
      encoded += digits[byte & 15];
    }
  }
  return encoded;
}

std::optional<std::string> compose(const Message& message) {
  if (!is_safe(message.from) || !is_safe(message.to) ||
      vocabulary::has_control_characters(message.subject) ||
      vocabulary::has_control_characters(message.id)) {
    return std::nullopt;
  }
  // Quoted-printable never yields "=_".
  const std::string boundary = "=_" + message.id;
  const std::string domain = message.from.address.substr(message.from.address.rfind('@'));
  const auto part = [&](const char* type, const std::string& body) {
    return "--" + boundary + "\r\nContent-Type: " + type +
           "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
           encode_quoted_printable(body) + "\r\n";
  };
  return "Date: " + date_text(message.date) + "\r\nFrom: " + encode_mailbox(message.from) +
         "\r\nTo: " + encode_mailbox(message.to) +
         "\r\nSubject: " + encode_header_text(message.subject) + "\r\nMessage-ID: <" + message.id +
         domain + ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0" +
         "\r\nContent-Type: multipart/alternative; boundary=\"" + boundary + "\"\r\n\r\n" +
         part("text/plain", message.text) + part("text/html", message.html) + "--" + boundary +
         "--\r\n";
}

}  // namespace notification
