#pragma once

#include <string>

namespace auth {

/// A URL as rest_client wants it: "http://host:port" and "/path".
struct Url {
  explicit Url(const std::string& text) {
    const auto scheme = text.find("://");
    const auto slash = text.find('/', scheme == std::string::npos ? 0 : scheme + 3);
    base = text.substr(0, slash);
    path = slash == std::string::npos ? "/" : text.substr(slash);
  }

  std::string base;
  std::string path;
};

}  // namespace auth
