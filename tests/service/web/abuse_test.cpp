#include <csignal>
#include <cstdlib>

#include <catch2/catch.hpp>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "service/web/echo_server.hpp"
#include "service/web/nginx.hpp"

using testing::EchoServer;
using testing::eventually;
using testing::get;
using testing::RawClient;
using namespace std::chrono_literals;

namespace {

// Sanitizers make everything slower, and need not see it as often.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int scale = 20;
#else
constexpr int scale = 1;
#endif

// Connections that send as slowly as they can, from a process of their own: both ends of them
// would not fit under one process's limit of descriptors.
class SlowClients {
 public:
  // Forks, so no thread may run yet.
  explicit SlowClients(int count) {
    int to_child[2];
    int from_child[2];
    if (pipe(to_child) != 0 || pipe(from_child) != 0) throw std::runtime_error("pipe");
    process_ = fork();
    if (process_ == 0) {
      ::close(to_child[1]);
      ::close(from_child[0]);
      run(count, to_child[0], from_child[1]);
      _exit(0);
    }
    ::close(to_child[0]);
    ::close(from_child[1]);
    to_child_ = to_child[1];
    from_child_ = from_child[0];
  }
  ~SlowClients() {
    ::close(to_child_);
    ::close(from_child_);
    ::waitpid(process_, nullptr, 0);
  }
  SlowClients(const SlowClients&) = delete;
  SlowClients& operator=(const SlowClients&) = delete;

  // True once all are connected and have sent something.
  bool connect(std::uint16_t port) {
    char ready = 0;
    return ::write(to_child_, &port, sizeof port) == sizeof port &&
           ::read(from_child_, &ready, 1) == 1;
  }

 private:
  static void run(int count, int commands, int reports) {
    std::uint16_t port = 0;
    if (::read(commands, &port, sizeof port) != sizeof port) return;
    std::vector<RawClient> clients;
    try {
      for (int i = 0; i < count; ++i) {
        clients.emplace_back(port);
        if (i % 4 == 1) clients.back().send("GET /echo/a HT");
        if (i % 4 == 2) clients.back().send("GET /echo/a HTTP/1.1\r\nX-A: ");
        if (i % 4 == 3)
          clients.back().send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n");
      }
    } catch (const std::runtime_error&) {
      return;
    }
    if (::write(reports, "r", 1) != 1) return;
    pollfd ended{commands, POLLIN, 0};
    while (::poll(&ended, 1, 1'000) == 0) {
      for (std::size_t i = 0; i < clients.size(); ++i) {
        if (i % 4 >= 2) clients[i].send("a");
      }
    }
  }

  pid_t process_;
  int to_child_;
  int from_child_;
};

struct Churn {
  std::atomic<int> requests = 0;
  std::atomic<int> answered = 0;
  std::atomic<int> wrong = 0;
  std::atomic<int> broken = 0;
};

std::string next_token() {
  static std::atomic<std::uint64_t> last = 0;
  return "token-" + std::to_string(++last);
}

// Asks and goes before the answer can come, which then has nowhere to go.
void ask_and_vanish(std::uint16_t port, Churn& churn) {
  RawClient client(port);
  client.send(get("/late/" + next_token()));
  ++churn.requests;
  client.vanish();
}

// Any answer but its own is another client's.
void ask_and_check(RawClient& client, Churn& churn) {
  const auto token = next_token();
  client.send(get("/echo/" + token));
  ++churn.requests;
  const auto answer = client.answer();
  if (!answer) {
    ++churn.broken;
  } else if (answer->status == 200 && answer->body == token) {
    ++churn.answered;
  } else {
    ++churn.wrong;
  }
}

// Half of `count` requests come from clients that vanish.
void churn_by(std::uint16_t port, int count, int requests_per_connection, Churn& churn) {
  for (int done = 0; done < count;) {
    for (int i = 0; i < requests_per_connection; ++i) ask_and_vanish(port, churn);
    RawClient honest(port);
    for (int i = 0; i < requests_per_connection; ++i) ask_and_check(honest, churn);
    honest.vanish();  // no port is kept busy behind it
    done += 2 * requests_per_connection;
  }
}

void churn(std::uint16_t port, int count, int requests_per_connection) {
  constexpr int callers_count = 8;
  Churn churn;
  std::vector<std::thread> callers;
  for (int i = 0; i < callers_count; ++i) {
    callers.emplace_back(
        [&] { churn_by(port, count / callers_count, requests_per_connection, churn); });
  }
  for (auto& caller : callers) caller.join();
  CHECK(churn.wrong == 0);
  CHECK(churn.broken == 0);
  CHECK(churn.requests >= count);
  CHECK(churn.answered >= count / 2);
}

}  // namespace

TEST_CASE("10,000 slow connections do not keep an honest client waiting, and end in time",
          "[serial]") {
  constexpr int count = 10'000 / scale;
  SlowClients slow(count);
  web::ServerOptions options;
  options.head_timeout = 10s;
  options.body_timeout = 10s;
  EchoServer echo(options);
  REQUIRE(slow.connect(echo.server.port()));
  REQUIRE(eventually([&] { return echo.server.load().connections >= std::size_t{count}; }));

  auto longest = std::chrono::steady_clock::duration::zero();
  auto kept = echo.client();
  for (int i = 0; i < 500; ++i) {
    const auto start = std::chrono::steady_clock::now();
    REQUIRE(kept.ask(get("/echo/" + std::to_string(i)))->body == std::to_string(i));
    REQUIRE(echo.serves());
    longest = std::max(longest, std::chrono::steady_clock::now() - start);
  }
  CHECK(longest < 2s);
  CHECK(eventually([&] { return echo.server.load().connections <= 1; }, 60s));
  CHECK(echo.serves());
}

TEST_CASE("Idle connections cost next to no processor time", "[serial]") {
  constexpr int count = 10'000 / scale;
  SlowClients slow(count);
  EchoServer echo;
  REQUIRE(slow.connect(echo.server.port()));
  REQUIRE(eventually([&] { return echo.server.load().connections >= std::size_t{count}; }));
  const auto before = testing::processor_seconds();
  std::this_thread::sleep_for(2s);  // the measurement itself
  CHECK((testing::processor_seconds() - before) / 2 < 0.3);
}

TEST_CASE("Clients that ask and vanish never get their answers to another client, directly",
          "[serial]") {
  EchoServer echo;
  churn(echo.server.port(), 200'000 / scale, 2);
  CHECK(eventually([&] { return echo.server.load().connections == 0; }));
  CHECK(echo.serves());
}

TEST_CASE("Clients that ask and vanish never get their answers to another client, behind nginx",
          "[serial]") {
  EchoServer echo;
  {
    testing::Nginx nginx(echo.server.port());
    churn(nginx.port(), 100'000 / scale, 10);
  }
  CHECK(eventually([&] { return echo.server.load().connections == 0; }));
  CHECK(echo.serves());
}
