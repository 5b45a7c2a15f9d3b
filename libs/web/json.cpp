#include "web/json.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <nlohmann/json.hpp>

#include "vocabulary/utf8.hpp"

namespace web {

namespace {

constexpr auto plain_bytes = [] {
  std::array<bool, 256> plain{};
  std::fill(plain.begin() + 0x20, plain.begin() + 0x80, true);
  plain['"'] = plain['\\'] = false;
  return plain;
}();

bool is_plain(char character) {
  return plain_bytes[static_cast<unsigned char>(character)];
}

void append_escaped(std::string& json, char character) {
  constexpr std::string_view hex_digits = "0123456789abcdef";
  constexpr std::string_view short_forms = "\"\"\\\\\bb\ff\nn\rr\tt";
  for (std::size_t i = 0; i < short_forms.size(); i += 2) {
    if (short_forms[i] != character) continue;
    json += '\\';
    json += short_forms[i + 1];
    return;
  }
  const auto byte = static_cast<unsigned char>(character);
  json += "\\u00";
  json += hex_digits[byte >> 4];
  json += hex_digits[byte & 0xFu];
}

void append_quoted(std::string& json, std::string_view text) {
  json += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain])) ++plain;
    json += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::size_t size = vocabulary::character_size(text);
    if (size == 0) {
      json += "\xEF\xBF\xBD";
    } else if (size == 1) {
      append_escaped(json, text.front());
    } else {
      json += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  json += '"';
}

}  // namespace

void JsonValue::append_to(std::string& json) const {
  switch (kind_) {
    case Kind::json: json += text_; return;
    case Kind::integer: json += std::to_string(integer_); return;
    case Kind::text: append_quoted(json, text_); return;
  }
}

Json::Json(std::span<const Member> members) {
  const auto by_name = [](const Member& left, const Member& right) {
    return left.first < right.first;
  };
  std::vector<Member> sorted;
  if (!std::is_sorted(members.begin(), members.end(), by_name)) {
    sorted.assign(members.begin(), members.end());
    std::sort(sorted.begin(), sorted.end(), by_name);
    members = sorted;
  }
  std::size_t size = 2;
  for (const auto& [name, value] : members) size += name.size() + value.size() + 4;
  text_.reserve(size);
  text_ = '{';
  for (const auto& [name, value] : members) {
    if (value.is_absent()) continue;
    text_ += text_.size() == 1 ? "\"" : ",\"";
    text_ += name;
    text_ += "\":";
    value.append_to(text_);
  }
  text_ += '}';
}

Json& Json::push_back(const JsonValue& item) {
  text_.pop_back();
  if (text_.size() > 1) text_ += ',';
  item.append_to(text_);
  text_ += ']';
  return *this;
}

void to_json(nlohmann::json& to, const Json& from) {
  to = nlohmann::json::parse(from.text());
}

Response to_response(int status, Json body) {
  return {status, "application/json", std::move(body).text()};
}

}  // namespace web
