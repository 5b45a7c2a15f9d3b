#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "web/framing.hpp"
#include "web/router.hpp"
#include "web/server.hpp"
#include "web/source_address.hpp"

namespace web {

/// Turns framed requests into answers: routing, CORS, access, the handler, and problems for
/// whatever fails.
class Responder {
 public:
  Responder(const ServerOptions& options, std::vector<Route> routes, Authenticate authenticate);

  std::size_t body_max(Method method, std::string_view path) const;

  /// Completes a framed request with its id, trace and source address.
  Request receive(Framed& framed, const std::string& peer) const;

  struct Answer {
    Response response;
    const Route* route = nullptr;
    std::string failure = {};  // see Exchange
  };
  /// Never throws.
  Answer answer(Request& request, std::string_view query) const;

  /// A problem as the answer to `request`.
  Response refuse(const Request& request, const Problem& problem) const;

 private:
  Response respond(Request& request, std::string_view query, const Route*& route) const;
  void authorize(const Route& route, Request& request) const;
  bool is_allowed_origin(const Request& request) const;
  Response complete(const Request& request, Response response) const;

  bool totp_required_;
  std::vector<std::string> allowed_origins_;
  TrustedProxies trusted_proxies_;
  Router router_;
  Authenticate authenticate_;
  std::function<void(const Request&, const Route&)> on_weak_second_factor_;
};

}  // namespace web
