#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "database/connection.hpp"

namespace database {

/// SQLite's only writer: a thread that runs what is queued in groups, each act within a savepoint
/// and each group under one COMMIT, and answers when that is on disk. Shared by threads.
class GroupCommit {
 public:
  GroupCommit(const Target& target, std::chrono::milliseconds wait, std::size_t queue_max);
  /// Commits what is queued.
  ~GroupCommit();

  /// Runs `act` and returns once it is durable; throws what it threw.
  void run(const std::function<void(Transaction&)>& act);

  /// Whether the last group was not kept.
  bool writes_fail() const { return writes_fail_; }

 private:
  struct Job {
    const std::function<void(Transaction&)>& act;
    std::exception_ptr error = nullptr;
    bool answered = false;
    std::condition_variable wake = {};
  };

  void work();
  void commit(const std::vector<Job*>& group);
  void run_in_savepoint(Job& job);

  Connection connection_;
  const std::size_t queue_max_;
  std::atomic<bool> writes_fail_ = false;
  std::mutex mutex_;
  std::condition_variable queued_;
  std::deque<Job*> queue_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace database
