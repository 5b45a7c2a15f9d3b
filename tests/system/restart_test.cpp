#include <atomic>
#include <thread>

#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

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

TEST_CASE("A reserved port is nobody else's, also between two lives of its server") {
  // The socket, -1 when the port is not to be had.
  const auto listen_on = [](const ReservedPort& port, int reuse) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port.number());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        ::listen(socket, 1) == 0) {
      return socket;
    }
    ::close(socket);
    return -1;
  };
  const ReservedPort port;
  for (int life = 0; life < 2; ++life) {
    CHECK(listen_on(port, 0) == -1);
    const int server = listen_on(port, 1);
    CHECK(server != -1);
    CHECK(listen_on(port, 1) == -1);
    ::close(server);
  }
}
