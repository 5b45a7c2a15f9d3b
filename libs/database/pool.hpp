#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "database/connection.hpp"

namespace database {

/// Up to `size` connections, made when they are needed. Shared by threads.
class Pool {
 public:
  /// Of Use::read, all its connections to SQLite are read-only.
  Pool(Target target, Connection::Use use, std::size_t size, std::chrono::milliseconds wait);

  /// Runs `act` in a transaction of its own, again as long as that may help and there is time.
  /// Throws what `act` threw, or Unavailable when no connection is to be had.
  void run(Connection::Use use, const std::function<void(Transaction&)>& act);

  /// Whether the last write failed because the database was away, full or locked.
  bool writes_fail() const { return writes_fail_; }

 private:
  std::unique_ptr<Connection> take();
  void give_back(std::unique_ptr<Connection> connection);
  void close_idle();

  const Target target_;
  const Connection::Use use_;
  const std::size_t size_;
  const std::chrono::milliseconds wait_;
  std::atomic<bool> writes_fail_ = false;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t leased_ = 0;
};

}  // namespace database
