#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "service/web/raw_client.hpp"
#include "web/server.hpp"

namespace testing {

/// Handlers that wait until they are let go.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    --waiting_;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  bool wait_for(int count, std::chrono::milliseconds limit = std::chrono::seconds(10)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return waiting_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

/// GET /echo/{token} and POST /echo answer what they were sent, GET /late/{token} a little later;
/// GET /wait waits at the gate; GET /large/{bytes} answers as many; GET /hidden is counted.
struct EchoServer {
  explicit EchoServer(web::ServerOptions options = {})
      : server(std::move(options), routes(), [](std::string_view) { return std::nullopt; }) {}
  ~EchoServer() { gate.open(); }

  RawClient client() const { return RawClient(server.port()); }
  bool serves() const {
    const auto answer = client().ask(get("/echo/alive"));
    return answer && answer->status == 200 && answer->body == "alive";
  }

  Gate gate;
  std::atomic<int> hidden = 0;
  web::Server server;

 private:
  std::vector<web::Route> routes() {
    using web::Access;
    using web::Method;
    using web::Request;
    using web::Response;
    return {
        {Method::get, "/echo/{token}", "echoToken", Access::anonymous,
         [](const Request& request) {
           return Response{200, "text/plain", web::path_parameter(request, "token")};
         }},
        {Method::get, "/late/{token}", "echoTokenLate", Access::anonymous,
         [](const Request& request) {
           // Long enough for its client to vanish and for another to take its descriptor.
           std::this_thread::sleep_for(std::chrono::microseconds(200));
           return Response{200, "text/plain", web::path_parameter(request, "token")};
         }},
        {Method::post, "/echo", "echoBody", Access::anonymous,
         [](const Request& request) {
           return Response{200, "text/plain", request.body};
         }},
        {Method::get, "/wait", "wait", Access::anonymous,
         [this](const Request&) {
           gate.pass();
           return Response{200, "text/plain", "waited"};
         }},
        {Method::get, "/large/{bytes}", "large", Access::anonymous,
         [](const Request& request) {
           return Response{200, "text/plain",
                           std::string(std::stoul(web::path_parameter(request, "bytes")), 'x')};
         }},
        {Method::get, "/hidden", "hidden", Access::anonymous,
         [this](const Request&) {
           ++hidden;
           return Response{200, "text/plain", "hidden"};
         }},
    };
  }
};

/// Waits until `holds` or the limit passes; what it held last.
template <class Condition>
bool eventually(Condition holds, std::chrono::milliseconds limit = std::chrono::seconds(10)) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// Seconds of processor time this process has used.
inline double processor_seconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

}  // namespace testing
