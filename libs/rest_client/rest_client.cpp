#include "rest_client/rest_client.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include <httplib.h>

#include "vocabulary/text.hpp"

namespace rest_client {

namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr std::size_t answer_max = 8 * 1024 * 1024;  // bytes
constexpr auto idle_max = 30s;  // well below the time after which servers close idle connections

std::string checked_base_url(std::string url) {
  if (url.ends_with('/')) url.pop_back();
  const auto scheme = url.find("://");
  const bool known = url.starts_with("http://") || url.starts_with("https://");
  if (!known || url.find_first_of("/?#@ ", scheme + 3) != std::string::npos ||
      vocabulary::has_control_characters(url)) {
    throw std::invalid_argument("a base URL is http://HOST:PORT");
  }
  return url;
}

// cpp-httplib writes what it is given: CR LF in a value would forge headers or a second request.
httplib::Request make_request(const std::string& method, const std::string& path,
                              const Headers& headers) {
  if (!path.starts_with('/') || path.find(' ') != std::string::npos ||
      vocabulary::has_control_characters(path)) {
    throw std::invalid_argument("a request path starts with / and holds no space or control");
  }
  httplib::Request request;
  request.method = method;
  request.path = path;
  for (const auto& [name, value] : headers) {
    if (name.empty() || name.find_first_of(": ") != std::string::npos ||
        vocabulary::has_control_characters(name) || vocabulary::has_control_characters(value)) {
      throw std::invalid_argument("a header with a control character");
    }
    request.headers.emplace(name, value);
  }
  return request;
}

struct Connection {
  explicit Connection(const std::string& base_url) : http(base_url) {}

  httplib::Client http;
  Steady::time_point last_used;
};

struct Call {
  Connection& connection;
  Steady::time_point deadline;
};

}  // namespace

std::string Answer::header(const std::string& name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&name](const auto& header) { return header.first == name; });
  return found == headers.end() ? "" : found->second;
}

struct Client::State {
  State(std::string url, Options given)
      : base_url(checked_base_url(std::move(url))), options(given), thread([this] { watch(); }) {}

  ~State() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_one();
    thread.join();
  }

  Answer exchange(httplib::Request request, bool repeatable) {
    bool reused = false;
    auto connection = take(reused);
    std::string failure;
    auto answer = try_exchange(*connection, request, failure);
    if (!answer && repeatable && reused) {  // the peer may have closed it just then
      connection = make_connection();
      answer = try_exchange(*connection, request, failure);
    }
    if (!answer) throw Unreachable(base_url + ": " + failure);
    give_back(std::move(connection));
    return *std::move(answer);
  }

 private:
  std::optional<Answer> try_exchange(Connection& connection, httplib::Request& request,
                                     std::string& failure) {
    Answer answer{};
    request.content_receiver = [&answer](const char* data, std::size_t size, std::uint64_t,
                                         std::uint64_t) {
      if (answer.body.size() + size > answer_max) return false;
      answer.body.append(data, size);
      return true;
    };
    const Call call{connection, Steady::now() + options.deadline};
    watch_over(call);
    const auto result = connection.http.send(request);
    const bool in_time = Steady::now() < call.deadline;
    release(call);
    if (!result) {
      failure = in_time ? httplib::to_string(result.error()) : "no answer within the deadline";
      return std::nullopt;
    }
    answer.status = result->status;
    for (const auto& [name, value] : result->headers) {
      answer.headers.emplace_back(vocabulary::fold_case(name), value);
    }
    return answer;
  }

  std::unique_ptr<Connection> make_connection() const {
    auto connection = std::make_unique<Connection>(base_url);
    auto& http = connection->http;
    http.set_keep_alive(true);
    http.set_tcp_nodelay(true);  // without it every kept-alive POST waits 44 ms
    http.set_decompress(false);
    http.set_connection_timeout(std::min(options.connect_timeout, options.deadline));
    http.set_read_timeout(options.deadline);
    http.set_write_timeout(options.deadline);
    return connection;
  }

  std::unique_ptr<Connection> take(bool& reused) {
    const auto oldest = Steady::now() - idle_max;
    std::unique_lock lock(mutex);
    std::erase_if(idle,
                  [oldest](const auto& connection) { return connection->last_used < oldest; });
    reused = !idle.empty();
    if (!reused) {
      lock.unlock();
      return make_connection();
    }
    auto connection = std::move(idle.back());
    idle.pop_back();
    return connection;
  }

  void give_back(std::unique_ptr<Connection> connection) {
    connection->last_used = Steady::now();
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(connection));
  }

  void watch_over(const Call& call) {
    const std::lock_guard lock(mutex);
    calls.push_back(&call);
  }

  void release(const Call& call) {
    const std::lock_guard lock(mutex);
    std::erase(calls, &call);
  }

  // cpp-httplib's time-outs are per read, so a peer that drips bytes is cut off from here. Waking
  // once per deadline is enough to see every call before its own.
  void watch() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      const auto now = Steady::now();
      auto next = now + options.deadline;
      for (const Call* call : calls) {
        if (call->deadline <= now) call->connection.http.stop();
        next = std::min(next, std::max(call->deadline, now + 100ms));
      }
      changed.wait_until(lock, next);
    }
  }

  const std::string base_url;
  const Options options;
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  std::vector<std::unique_ptr<Connection>> idle;
  std::vector<const Call*> calls;
  std::thread thread;  // last: it uses all of the above
};

Client::Client(std::string base_url, Options options)
    : state_(std::make_unique<State>(std::move(base_url), options)) {}

Client::~Client() = default;

Answer Client::get(const std::string& path, const Headers& headers) {
  return state_->exchange(make_request("GET", path, headers), true);
}

Answer Client::post(const std::string& path, const std::string& body,
                    const std::string& content_type, const Headers& headers) {
  httplib::Request request = make_request("POST", path, headers);
  if (vocabulary::has_control_characters(content_type)) {
    throw std::invalid_argument("a content type with a control character");
  }
  request.set_header("Content-Type", content_type);
  request.body = body;
  return state_->exchange(std::move(request), false);
}

}  // namespace rest_client
