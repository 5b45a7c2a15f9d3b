#include "database/pool.hpp"

#include <algorithm>
#include <random>
#include <thread>

namespace database {

namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

struct Outcome {
  Failure failure = Failure::none;
  std::exception_ptr error;
};

// One transaction, from BEGIN to COMMIT or to what kept it from that.
Outcome attempt(Connection& connection, Connection::Use use,
                const std::function<void(Transaction&)>& act) {
  try {
    connection.begin(use);
    ConnectionTransaction transaction(connection);
    if (const auto error = transaction.run(act)) return {transaction.failure(), error};
    connection.commit();
    return {};
  } catch (const Fault& fault) {
    return {fault.failure, fault.to_exception()};
  }
}

bool is_unavailable(Failure failure) {
  return failure != Failure::none && failure != Failure::constraint && failure != Failure::other;
}

void sleep_up_to(std::chrono::microseconds longest) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::this_thread::sleep_for(longest * (random() % 1000) / 1000);
}

}  // namespace

Pool::Pool(Target target, Connection::Use use, std::size_t size, std::chrono::milliseconds wait)
    : target_(std::move(target)), use_(use), size_(size), wait_(wait) {
  ++leased_;
  give_back(std::make_unique<Connection>(target_, use_, wait_));
}

void Pool::run(Connection::Use use, const std::function<void(Transaction&)>& act) {
  const auto deadline = Steady::now() + wait_;
  for (std::chrono::microseconds pause = 1ms;;
       pause = std::min<std::chrono::microseconds>(pause * 2, 64ms)) {
    auto connection = take();
    const Outcome outcome = attempt(*connection, use, act);
    const bool usable = connection->rollback() && outcome.failure != Failure::lost;
    give_back(usable ? std::move(connection) : nullptr);
    if (use == Connection::Use::write) writes_fail_ = is_unavailable(outcome.failure);
    if (!outcome.error) return;
    if (outcome.failure == Failure::lost) close_idle();  // they may have died with it
    const bool may_help = outcome.failure == Failure::retry || outcome.failure == Failure::lost;
    if (!may_help || Steady::now() + pause > deadline) std::rethrow_exception(outcome.error);
    sleep_up_to(pause);
  }
}

std::unique_ptr<Connection> Pool::take() {
  std::unique_lock lock(mutex_);
  if (!freed_.wait_for(lock, wait_, [this] { return leased_ < size_; })) {
    throw Unavailable("no free connection");
  }
  ++leased_;
  if (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }
  lock.unlock();
  try {
    return std::make_unique<Connection>(target_, use_, wait_);
  } catch (const Fault& fault) {
    give_back(nullptr);
    std::rethrow_exception(fault.to_exception());
  } catch (...) {
    give_back(nullptr);
    throw;
  }
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  --leased_;
  if (connection) idle_.push_back(std::move(connection));
  freed_.notify_one();
}

void Pool::close_idle() {
  std::vector<std::unique_ptr<Connection>> closed;
  const std::lock_guard lock(mutex_);
  closed.swap(idle_);
}

}  // namespace database
