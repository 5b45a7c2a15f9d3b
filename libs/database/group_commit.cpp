#include "database/group_commit.hpp"

#include <algorithm>

namespace database {

namespace {

constexpr std::size_t group_max = 256;

}  // namespace

GroupCommit::GroupCommit(const Target& target, std::chrono::milliseconds wait,
                         std::size_t queue_max)
    : connection_(target, Connection::Use::write, wait),
      queue_max_(queue_max),
      thread_([this] { work(); }) {}

GroupCommit::~GroupCommit() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  queued_.notify_one();
  thread_.join();
}

void GroupCommit::run(const std::function<void(Transaction&)>& act) {
  if (std::this_thread::get_id() == thread_.get_id()) {
    throw std::logic_error("a write transaction within a write transaction");
  }
  Job job{act};
  std::unique_lock lock(mutex_);
  if (queue_.size() >= queue_max_) throw Unavailable("too many writes are waiting");
  queue_.push_back(&job);
  queued_.notify_one();
  job.wake.wait(lock, [&job] { return job.answered; });
  if (job.error) std::rethrow_exception(std::move(job.error));
}

void GroupCommit::work() {
  std::vector<Job*> group;
  std::unique_lock lock(mutex_);
  for (;;) {
    queued_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const auto end =
        queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), group_max));
    group.assign(queue_.begin(), end);
    queue_.erase(queue_.begin(), end);
    lock.unlock();
    commit(group);
    lock.lock();
    // Under the lock, because a job is gone as soon as its caller sees the answer.
    for (Job* job : group) {
      job->answered = true;
      job->wake.notify_one();
    }
  }
}

void GroupCommit::commit(const std::vector<Job*>& group) {
  try {
    connection_.begin(Connection::Use::write);
    for (Job* job : group) run_in_savepoint(*job);
    connection_.commit();
    writes_fail_ = false;
  } catch (const Fault& fault) {
    // The disk is full or broken, and nothing of this group was kept.
    connection_.rollback();
    writes_fail_ = true;
    for (Job* job : group) {
      if (!job->error) job->error = fault.to_exception();
    }
  }
}

void GroupCommit::run_in_savepoint(Job& job) {
  connection_.execute("SAVEPOINT act");
  ConnectionTransaction transaction(connection_);
  job.error = transaction.run(job.act);
  if (!connection_.in_transaction()) {
    throw Fault{Failure::unavailable, "SQLite gave up the transaction of a group"};
  }
  if (job.error) connection_.execute("ROLLBACK TO act");
  connection_.execute("RELEASE act");
}

}  // namespace database
