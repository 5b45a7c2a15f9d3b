// The floor of the HTTP figures: a constant answer of a given size behind the same framing,
// authentication, pool, log and metrics as membership's answers.

#include <cstdlib>
#include <iostream>

#include "auth/authenticator.hpp"
#include "auth/key_set.hpp"
#include "daemon/metrics.hpp"
#include "daemon/process.hpp"
#include "membership/settings.hpp"

namespace {

web::ServerOptions server_options(const membership::Settings& settings, const std::string& host,
                                  std::uint16_t port) {
  return {.address = host,
          .port = port,
          .io_threads = static_cast<int>(settings.io_threads),
          .handler_threads = static_cast<int>(settings.handler_threads)};
}

}  // namespace

int main(int argc, char** argv) try {
  process::prepare("floor");
  membership::Settings settings;
  membership::read_settings(settings, argc, argv);
  const std::string body(std::stoul(std::getenv("FLOOR_BYTES")), '0');
  const auto constant = [&body](const web::Request&) {
    return web::Response{200, "application/json", body};
  };
  auth::KeySet keys(settings.identity_url + "/.well-known/jwks.json");
  const auth::Authenticator authenticate(
      {.type = "at+jwt", .issuer = settings.issuer, .audience = "countersign"},
      [&keys](const std::string& key_id) { return keys.find(key_id); });
  process::Metrics metrics;
  process::Listeners listeners(
      {.public_server = server_options(settings, settings.host, settings.port),
       .internal_server = server_options(settings, settings.internal_host, settings.internal_port),
       .public_routes = {{web::Method::get, "/v1/constant", "getConstant", web::Access::person,
                          constant},
                         {web::Method::post, "/v1/constant", "postConstant", web::Access::partner,
                          constant, 64 * 1024, "authorizationChecks"}},
       .internal_routes = {},
       .authenticate_public = authenticate,
       .authenticate_internal = authenticate,
       .ready_checks = {{"keys", [&keys] { return keys.ready(); }}}},
      metrics);
  process::wait_for_stop();
  listeners.stop();
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "floor: " << error.what() << '\n';
  return EXIT_FAILURE;
}
