#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace identity {

/// The fields of an application/x-www-form-urlencoded body, each once; nullopt when it is anything
/// else.
std::optional<std::map<std::string, std::string>> parse_form(std::string_view body);

struct BasicCredentials {
  std::string user;
  std::string password;
};
/// Those of "Authorization: Basic …" as OAuth clients send them (RFC 6749, 2.3.1: each encoded as
/// in a form).
std::optional<BasicCredentials> parse_basic_credentials(std::string_view authorization);

}  // namespace identity
