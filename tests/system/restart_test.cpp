#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "support/system.hpp"

using namespace testing;
using namespace std::chrono_literals;

TEST_CASE("On SIGTERM every service ends with status 0 within ten seconds, also under load") {
  System system(GENERATE(from_range(database_kinds())));
  auto ada = system.add_person("ada.one", "Ada One");
  system.add_practice("000000001", "Acme Clinic, LLC", {ada});
  system.start();
  const auto clinic = system.find_practice(ada, "000000001");

  std::atomic<bool> stopped = false;
  std::atomic<int> answered = 0;
  std::vector<std::thread> load;
  for (const auto& [client, path] :
       {std::pair{system.identity_as(ada), std::string("/v1/account")},
        std::pair{system.membership_as(ada), "/v1/organizations/" + clinic},
        std::pair{system.notification_as(ada), std::string("/v1/notifications")}}) {
    load.emplace_back([&, client = client, path = path]() mutable {
      while (!stopped) {
        try {
          const auto answer = client.get(path);
          // Whoever is answered at all is answered properly.
          if (answer.status == 200 || answer.status == 503) ++answered;
        } catch (const NoAnswer&) {
          std::this_thread::sleep_for(10ms);
        }
      }
    });
  }
  CHECK(eventually([&] { return answered > 100; }));
  for (auto* service : {&system.membership, &system.notification, &system.identity}) {
    CHECK(service->terminate(10s) == 0);
  }
  stopped = true;
  for (auto& thread : load) thread.join();
}

TEST_CASE("Who is signed in stays signed in when every service restarts") {
  System system(GENERATE(from_range(database_kinds())));
  auto ada = system.add_person("ada.one", "Ada One");
  system.add_practice("000000001", "Acme Clinic, LLC", {ada});
  system.start();
  const auto clinic = system.find_practice(ada, "000000001");
  for (auto* service : {&system.identity, &system.membership, &system.notification}) {
    service->kill();
    service->start();
  }
  CHECK(system.identity_as(ada).get("/v1/account").status == 200);
  CHECK(system.membership_as(ada).get("/v1/organizations/" + clinic).status == 200);
  CHECK(system.notification_as(ada).get("/v1/notifications").status == 200);
}
