#include "identity/http/form.hpp"

#include <sodium.h>

#include "vocabulary/text.hpp"

namespace identity {

namespace {

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return std::nullopt;
}

std::optional<std::string> decode(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '%') {
      if (at + 2 >= text.size()) return std::nullopt;
      const auto high = hex_digit(text[at + 1]), low = hex_digit(text[at + 2]);
      if (!high || !low) return std::nullopt;
      c = static_cast<char>(*high * 16 + *low);
      at += 2;
    } else if (c == '+') {
      c = ' ';
    }
    decoded += c;
  }
  if (vocabulary::has_control_characters(decoded)) return std::nullopt;
  return decoded;
}

}  // namespace

std::optional<std::map<std::string, std::string>> parse_form(std::string_view body) {
  std::map<std::string, std::string> fields;
  while (!body.empty()) {
    const auto end = body.find('&');
    const auto field = body.substr(0, end);
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
    const auto equals = field.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    auto name = decode(field.substr(0, equals)), value = decode(field.substr(equals + 1));
    if (!name || !value || !fields.emplace(*std::move(name), *std::move(value)).second) {
      return std::nullopt;
    }
  }
  return fields;
}

std::optional<BasicCredentials> parse_basic_credentials(std::string_view authorization) {
  const auto space = authorization.find(' ');
  if (vocabulary::fold_case(authorization.substr(0, space)) != "basic" ||
      space == std::string_view::npos) {
    return std::nullopt;
  }
  const auto encoded = authorization.substr(space + 1);
  std::string plain(encoded.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(plain.data()), plain.size(),
                        encoded.data(), encoded.size(), nullptr, &size, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0) {
    return std::nullopt;
  }
  plain.resize(size);
  const auto colon = plain.find(':');
  if (colon == std::string::npos) return std::nullopt;
  auto user = decode(std::string_view(plain).substr(0, colon));
  auto password = decode(std::string_view(plain).substr(colon + 1));
  if (!user || !password) return std::nullopt;
  return BasicCredentials{*std::move(user), *std::move(password)};
}

}  // namespace identity
