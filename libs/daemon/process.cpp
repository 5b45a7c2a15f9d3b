#include "daemon/process.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <typeinfo>
#include <utility>

#include <cxxabi.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/log.hpp"

namespace process {

namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// systemd's readiness protocol (sd_notify), for units of Type=notify.
void notify_supervisor(std::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (path == nullptr || *path == '\0' || std::strlen(path) >= sizeof address.sun_path) return;
  const std::size_t length = std::strlen(path);
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return;
  sendto(socket, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&address),
         static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length));
  close(socket);
}

// An exception's text may quote a database row: its type must do.
std::string type_of(const std::exception& error) {
  int status = 0;
  const std::unique_ptr<char, decltype([](char* text) { std::free(text); })> name(
      abi::__cxa_demangle(typeid(error).name(), nullptr, nullptr, &status));
  return name ? name.get() : "unknown";
}

void add_load_gauges(Metrics& metrics, const char* listener,
                     const std::shared_ptr<web::Server>& server) {
  const auto add = [&](const char* name, const char* help, auto web::Server::Load::*member) {
    // The metrics may outlive the server.
    metrics.gauge(name, help,
                  [member, weak = std::weak_ptr(server)] {
                    const auto alive = weak.lock();
                    return alive ? static_cast<double>(alive->load().*member) : 0.0;
                  },
                  {{"listener", listener}});
  };
  using Load = web::Server::Load;
  add("http_connections", "Open connections.", &Load::connections);
  add("http_requests_in_flight", "Requests being answered.", &Load::requests_in_flight);
  add("http_requests_queued", "Requests that wait for a thread.", &Load::requests_queued);
  add("http_connections_refused", "Connections closed for bad framing, limits or time.",
      &Load::refused);
}

bool is_probe(const std::string& operation) {
  return operation == "getLiveness" || operation == "getReadiness" || operation == "getMetrics";
}

void log_exchange(const char* listener, const web::Exchange& exchange) {
  if (is_probe(exchange.operation) && exchange.status < 400) return;
  const auto log = exchange.status == 500  ? log_error
                   : exchange.status > 500 ? log_warning
                                           : log_info;
  log("requestAnswered", {{"listener", listener},
                          {"requestId", exchange.request.id},
                          {"traceId", exchange.request.trace.trace_id},
                          {"operation", exchange.operation},
                          {"status", exchange.status},
                          {"micros", exchange.duration.count()}});
  if (exchange.failure.empty()) return;
  log_error("requestFailed", {{"requestId", exchange.request.id},
                              {"operation", exchange.operation},
                              {"failure", std::string(exchange.failure)}});
}

}  // namespace

void prepare(const std::string& service) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  start_log(service);
}

void wait_for_stop() {
  const auto signals = stop_signals();
  int received = 0;
  while (sigwait(&signals, &received) != 0) {
  }
  log_info("stopping");
  // Whatever hangs, the process ends before its supervisor loses patience at 10 seconds.
  std::thread([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(9'500));
    log_error("stopTimedOut");
    std::_Exit(1);
  }).detach();
}

struct Listeners::State {
  // What the listeners' own routes need; it outlives both servers.
  std::vector<ReadyCheck> checks;
  std::atomic<bool> serving{false};
  std::shared_ptr<web::Server> internal_server;
  std::shared_ptr<web::Server> public_server;

  web::Response readiness() const {
    bool ready = serving;
    auto results = nlohmann::json::object();
    for (const auto& check : checks) {
      const bool holds = check.holds();
      results[check.name] = holds;
      ready = ready && holds;
    }
    return web::json_response(ready ? 200 : 503, {{"ready", ready}, {"checks", results}});
  }

  std::vector<web::Route> with_own(std::vector<web::Route> routes, Metrics& metrics) {
    const auto add = [&routes](const char* path, const char* operation, web::Handler handler) {
      routes.push_back(
          {web::Method::get, path, operation, web::Access::anonymous, std::move(handler)});
    };
    add("/livez", "getLiveness", [](const web::Request&) {
      return web::json_response(200, {{"alive", true}});
    });
    add("/readyz", "getReadiness", [this](const web::Request&) { return readiness(); });
    add("/metrics", "getMetrics", [&metrics](const web::Request&) {
      return web::Response{200, "text/plain; version=0.0.4; charset=utf-8", metrics.text()};
    });
    return routes;
  }
};

Listeners::Listeners(Options options, Metrics& metrics) : state_(std::make_unique<State>()) {
  const auto observe = [&metrics](const char* listener) {
    return [listener, &metrics](const web::Exchange& exchange) {
      metrics.record(exchange);
      log_exchange(listener, exchange);
    };
  };
  state_->checks = std::move(options.ready_checks);
  state_->internal_server = std::make_shared<web::Server>(
      options.internal_server, state_->with_own(std::move(options.internal_routes), metrics),
      options.authenticate_internal, observe("internal"));
  state_->public_server =
      std::make_shared<web::Server>(options.public_server, std::move(options.public_routes),
                                    options.authenticate_public, observe("public"));
  add_load_gauges(metrics, "internal", state_->internal_server);
  add_load_gauges(metrics, "public", state_->public_server);
  state_->serving = true;
  log_info("listening", {{"publicPort", public_port()}, {"internalPort", internal_port()}});
  notify_supervisor("READY=1");
}

Listeners::~Listeners() = default;

void Listeners::stop(std::chrono::milliseconds limit) {
  using std::chrono::steady_clock;
  state_->serving = false;
  notify_supervisor("STOPPING=1");
  const auto deadline = steady_clock::now() + limit;
  // The internal listener answers probes until the public one is done.
  const bool all = state_->public_server->drain(limit * 3 / 4);
  const bool rest = state_->internal_server->drain(std::max(
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now()),
      std::chrono::milliseconds(0)));
  log_info("stopped", {{"allAnswered", all && rest}});
}

std::uint16_t Listeners::public_port() const {
  return state_->public_server->port();
}

std::uint16_t Listeners::internal_port() const {
  return state_->internal_server->port();
}

struct Periodic::State {
  State(const char* with_name, std::chrono::milliseconds with_period,
        std::function<void()> with_act)
      : name(with_name), period(with_period), act(std::move(with_act)), thread([this] { run(); }) {}

  ~State() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    thread.join();
  }

  void run() {
    std::unique_lock lock(mutex);
    while (!changed.wait_for(lock, period, [this] { return stopping; })) {
      lock.unlock();
      try {
        act();
      } catch (const std::exception& error) {
        log_error("periodicWorkFailed", {{"work", name}, {"exception", type_of(error)}});
      }
      lock.lock();
    }
  }

  const char* const name;
  const std::chrono::milliseconds period;
  const std::function<void()> act;
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  std::thread thread;  // last: it uses all of the above
};

Periodic::Periodic(const char* name, std::chrono::milliseconds period, std::function<void()> act)
    : state_(std::make_unique<State>(name, period, std::move(act))) {}

Periodic::~Periodic() = default;

}  // namespace process
