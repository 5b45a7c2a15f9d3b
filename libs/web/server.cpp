#include "web/server.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <unordered_map>

#include <netinet/in.h>
#include <pistache/endpoint.h>
#include <pistache/peer.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vocabulary/id.hpp"
#include "web/connection.hpp"
#include "web/respond.hpp"
#include "web/worker_pool.hpp"

namespace web {

namespace {

namespace http = Pistache::Http;
namespace tcp = Pistache::Tcp;
using Clock = Connection::Clock;

constexpr auto sweep_period = std::chrono::milliseconds(200);
constexpr int backlog = 1024;
constexpr std::size_t descriptors_for_others = 256;
constexpr std::uint64_t stop_event = 0;  // connection ids start at 1

// At the descriptor limit the reactor's acceptor would spin.
std::atomic<std::size_t> connections_of_process = 0;

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

// The reactor ignores its own backlog option, and keeps the listening descriptor to itself.
void widen_backlog(std::uint16_t port) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int descriptor = std::stoi(entry.path().filename());
    int listening = 0;
    socklen_t size = sizeof listening;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 ||
        listening == 0) {
      continue;
    }
    sockaddr_storage address{};
    size = sizeof address;
    getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
    // Both families keep the port at the same place.
    if (ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port) == port) {
      listen(descriptor, backlog);
    }
  }
}

Problem too_busy() {
  Problem problem(problems::unavailable, "The server has too much to do; nothing was done.");
  problem.retry_after_seconds = 1;
  return problem;
}

}  // namespace

struct Server::State final : Connection::Owner {
  State(ServerOptions server_options, std::vector<Route> routes, Authenticate authenticate,
        Observer observe)
      : Owner(std::move(server_options)),
        responder(options, std::move(routes), std::move(authenticate)),
        observer(std::move(observe)),
        pool(options.handler_threads, options.queue_max) {}

  // Connection::Owner
  void dispatch(const std::shared_ptr<Connection>& connection, Framed framed) override;
  void await_writable(const Connection& connection) override;
  std::string refusal(const Problem& problem) override;
  std::size_t body_max(Method method, std::string_view path) override {
    return responder.body_max(method, path);
  }

  void start();
  void stop();
  void connected(const std::shared_ptr<tcp::Peer>& peer);
  void disconnected(Connection& connection);
  std::vector<std::shared_ptr<Connection>> all_connections() const;
  void sweep() const;
  bool is_active() const;

  const Responder responder;
  const Observer observer;
  WorkerPool pool;
  std::atomic<std::size_t> in_flight = 0;
  std::unique_ptr<http::Endpoint> endpoint;

 private:
  void answer(Connection& connection, Framed& framed, Clock::time_point since, bool full);
  void watch();

  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::shared_ptr<Connection>> connections_;
  std::uint64_t last_id_ = 0;
  std::size_t descriptors_max_ = 0;
  int epoll_ = -1;
  int wake_ = -1;
  std::thread watcher_;
};

namespace {

constexpr const char* connection_key = "connection";

// Sits where the reactor expects its HTTP handler, so that neither its parser nor its writer runs.
template <class State>
class ReactorHandler final : public http::Handler {
 public:
  HTTP_PROTOTYPE(ReactorHandler)

  explicit ReactorHandler(State& state) : state_(&state) {}

  void onRequest(const http::Request&, http::ResponseWriter) override {}

  void onConnection(const std::shared_ptr<tcp::Peer>& peer) override {
    // The reactor's idle check dereferences a parser.
    peer->putData(ParserData, std::make_shared<http::RequestParser>(64));
    state_->connected(peer);
  }

  void onInput(const char* bytes, std::size_t size,
               const std::shared_ptr<tcp::Peer>& peer) override {
    connection(*peer).received({bytes, size});
  }

  void onDisconnection(const std::shared_ptr<tcp::Peer>& peer) override {
    state_->disconnected(connection(*peer));
  }

 private:
  static Connection& connection(const tcp::Peer& peer) {
    return *std::static_pointer_cast<Connection>(peer.getData(connection_key));
  }

  State* state_;
};

}  // namespace

void Server::State::start() {
  descriptors_max_ =
      std::max(raise_descriptor_limit(), 2 * descriptors_for_others) - descriptors_for_others;
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = stop_event;
  if (epoll_ < 0 || wake_ < 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll");
  }

  const auto& address = options.address;
  const auto host = address.find(':') == std::string::npos ? address : '[' + address + ']';
  endpoint = std::make_unique<http::Endpoint>(
      Pistache::Address(host + ':' + std::to_string(options.port)));
  auto flags = Pistache::Flags<tcp::Options>();
  flags.setFlag(tcp::Options::ReuseAddr);
  flags.setFlag(tcp::Options::NoDelay);
  flags.setFlag(tcp::Options::CloseOnExec);
  // Connections keep their own deadlines: the reactor closes without telling.
  constexpr auto never = std::chrono::hours(24 * 365 * 10);
  endpoint->init(http::Endpoint::options()
                     .threads(options.io_threads)
                     .threadsName("reactor")
                     .flags(flags)
                     .headerTimeout(never)
                     .bodyTimeout(never)
                     .keepaliveTimeout(never));
  endpoint->setHandler(std::make_shared<ReactorHandler<State>>(*this));
  endpoint->serveThreaded();
  widen_backlog(endpoint->getPort());
  watcher_ = std::thread([this] { watch(); });
}

void Server::State::stop() {
  draining = true;
  pool.stop();
  if (watcher_.joinable()) {
    eventfd_write(wake_, 1);
    watcher_.join();
  }
  if (endpoint) {
    endpoint->shutdown();
    endpoint.reset();  // ends its threads, but closes no connection
  }
  for (const auto& connection : all_connections()) {
    disconnected(*connection);
    ::close(connection->descriptor());
  }
  if (wake_ >= 0) ::close(wake_);
  if (epoll_ >= 0) ::close(epoll_);
}

void Server::State::connected(const std::shared_ptr<tcp::Peer>& peer) {
  std::shared_ptr<Connection> connection;
  bool room = false;
  {
    const std::lock_guard lock(mutex_);
    connection =
        std::make_shared<Connection>(++last_id_, peer->fd(), peer->address().host(), *this);
    connections_.emplace(connection->id(), connection);
    room = ++connections_of_process <= descriptors_max_ &&
           connections_.size() <= options.connections_max;
  }
  peer->putData(connection_key, connection);
  if (!room) connection->turn_away(too_busy());
}

void Server::State::disconnected(Connection& connection) {
  connection.disconnected();
  const std::lock_guard lock(mutex_);
  connections_of_process -= connections_.erase(connection.id());
}

void Server::State::dispatch(const std::shared_ptr<Connection>& connection, Framed framed) {
  ++in_flight;
  const auto since = Clock::now();
  const auto shared = std::make_shared<Framed>(std::move(framed));
  if (!pool.post(
          [this, connection, shared, since] { answer(*connection, *shared, since, false); })) {
    answer(*connection, *shared, since, true);
  }
}

void Server::State::answer(Connection& connection, Framed& framed, Clock::time_point since,
                           bool full) {
  static const std::string none;
  Request request = responder.receive(framed, connection.peer());
  const auto answered = full ? Responder::Answer{responder.refuse(request, too_busy())}
                             : responder.answer(request, framed.query);
  const bool keep_alive = framed.keep_alive && !draining;
  if (observer) {
    const auto duration =
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - since);
    const auto* route = answered.route;
    observer({request, route == nullptr ? none : route->operation,
              route == nullptr ? none : route->path, answered.response.status, duration,
              answered.failure});
  }
  connection.answer(
      to_bytes(answered.response, request.id, keep_alive, request.method != Method::head),
      keep_alive);
  --in_flight;
}

std::string Server::State::refusal(const Problem& problem) {
  Request request;
  request.id = vocabulary::new_uuid();
  return to_bytes(responder.refuse(request, problem), request.id, false);
}

void Server::State::await_writable(const Connection& connection) {
  epoll_event event{};
  event.events = EPOLLOUT | EPOLLONESHOT;
  event.data.u64 = connection.id();
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.descriptor(), &event) != 0) {
    epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.descriptor(), &event);
  }
}

std::vector<std::shared_ptr<Connection>> Server::State::all_connections() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Connection>> all;
  all.reserve(connections_.size());
  for (const auto& [id, connection] : connections_) all.push_back(connection);
  return all;
}

void Server::State::sweep() const {
  const auto now = Clock::now();
  for (const auto& connection : all_connections()) connection->check(now);
}

bool Server::State::is_active() const {
  if (in_flight > 0) return true;
  const auto all = all_connections();
  return std::any_of(all.begin(), all.end(),
                     [](const auto& connection) { return connection->is_active(); });
}

void Server::State::watch() {
  std::array<epoll_event, 128> events{};
  auto next_sweep = Clock::now() + sweep_period;
  while (true) {
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                 static_cast<int>(sweep_period.count()));
    for (int i = 0; i < count; ++i) {
      const auto id = events[static_cast<std::size_t>(i)].data.u64;
      if (id == stop_event) return;
      std::shared_ptr<Connection> connection;
      {
        const std::lock_guard lock(mutex_);
        const auto found = connections_.find(id);
        if (found != connections_.end()) connection = found->second;
      }
      if (connection) connection->writable();
    }
    if (Clock::now() < next_sweep) continue;
    sweep();
    next_sweep = Clock::now() + sweep_period;
  }
}

Server::Server(ServerOptions options, std::vector<Route> routes, Authenticate authenticate,
               Observer observer)
    : state_(std::make_shared<State>(std::move(options), std::move(routes), std::move(authenticate),
                                     std::move(observer))) {
  try {
    state_->start();
  } catch (const std::exception& error) {
    state_->stop();
    throw std::runtime_error("cannot listen on " + state_->options.address + ":" +
                             std::to_string(state_->options.port) + ": " + error.what());
  }
}

Server::~Server() {
  state_->stop();
}

std::uint16_t Server::port() const {
  return state_->endpoint->getPort();
}

bool Server::drain(std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  state_->draining = true;
  state_->sweep();
  while (state_->is_active()) {
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

Server::Load Server::load() const {
  return {state_->all_connections().size(), state_->in_flight, state_->pool.queued(),
          state_->refused};
}

}  // namespace web
