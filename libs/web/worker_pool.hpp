#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace web {

/// Threads that run jobs from a bounded queue. Jobs must not throw.
class WorkerPool {
 public:
  WorkerPool(int threads, std::size_t queue_max);
  ~WorkerPool() { stop(); }

  /// False when the queue is full or the pool stops: `job` will not run.
  bool post(std::function<void()> job);

  std::size_t queued() const;

  /// Runs what is queued, takes nothing new, and returns when every thread has ended.
  void stop();

 private:
  void run();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  std::size_t queue_max_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace web
