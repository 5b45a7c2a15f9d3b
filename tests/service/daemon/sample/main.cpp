#include <chrono>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "daemon/metrics.hpp"
#include "daemon/process.hpp"
#include "daemon/settings.hpp"

// A service with one operation, GET /v1/wait, that takes as long as the setting `delay` says.
int main(int argc, char** argv) {
  process::prepare("sample");
  process::Listeners::Options options;
  std::chrono::milliseconds delay(0);
  try {
    process::SettingsReader("sample")
        .address("listen", options.public_server.address, options.public_server.port, "public")
        .address("internal-listen", options.internal_server.address, options.internal_server.port,
                 "internal")
        .duration("delay", delay, "how long an answer takes")
        .read(argc, argv);
  } catch (const process::BadSettings& bad) {
    std::cerr << bad.what() << '\n';
    return 2;
  }
  options.public_routes = {
      {web::Method::get, "/v1/wait", "wait", web::Access::anonymous, [delay](const web::Request&) {
         std::this_thread::sleep_for(delay);
         return web::json_response(200, {{"waited", delay.count()}});
       }}};
  process::Metrics metrics;
  process::Listeners listeners(std::move(options), metrics);
  process::wait_for_stop();
  listeners.stop();
  return 0;
}
