#include "web/connection.hpp"

#include <cerrno>
#include <utility>

#include <sys/socket.h>

namespace web {

namespace {

constexpr std::size_t pipeline_max = 128 * 1024;
constexpr std::size_t bytes_per_millisecond_min = 8;
constexpr std::chrono::seconds linger{2};

// Sends what the descriptor takes without blocking; nullopt when the connection is broken.
std::optional<std::size_t> send_some(int descriptor, std::string_view bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto count =
        ::send(descriptor, bytes.data() + sent, bytes.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) {
      sent += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (errno != EINTR) {
      return std::nullopt;
    }
  }
  return sent;
}

}  // namespace

Connection::Connection(std::uint64_t id, int descriptor, std::string peer, Owner& owner)
    : id_(id),
      descriptor_(descriptor),
      peer_(std::move(peer)),
      owner_(owner),
      framer_(
          {owner.options.head_max, owner.options.headers_max, owner.options.target_max},
          [&owner](Method method, std::string_view path) { return owner.body_max(method, path); }),
      deadline_(Clock::now() + owner.options.head_timeout) {}

void Connection::received(std::string_view bytes) {
  std::unique_lock lock(mutex_);
  if (closed_ || phase_ == Phase::closing) return;
  if (input_.size() + bytes.size() > pipeline_max) return cut();
  input_.append(bytes);
  if (phase_ != Phase::busy && !pumping_) pump(lock);
}

// One thread at a time frames and dispatches; a queue that is full answers from within dispatch().
// Who does not read what was answered is not asked for more.
void Connection::pump(std::unique_lock<std::mutex>& lock) {
  pumping_ = true;
  while (!closed_ && phase_ != Phase::closing && phase_ != Phase::busy && output_.empty()) {
    input_.erase(0, framer_.feed(input_));
    if (framer_.state() == Framer::State::refused) {
      refuse_now(framer_.refusal());
      break;
    }
    if (framer_.take_expectation() && framer_.state() == Framer::State::body) {
      write("HTTP/1.1 100 Continue\r\n\r\n");
    }
    if (framer_.state() != Framer::State::complete) {
      const auto state = framer_.state();
      enter(state == Framer::State::idle   ? Phase::idle
            : state == Framer::State::head ? Phase::head
                                           : Phase::body);
      break;
    }
    enter(Phase::busy);
    auto framed = framer_.take();
    lock.unlock();
    owner_.dispatch(shared_from_this(), std::move(framed));
    lock.lock();
  }
  pumping_ = false;
}

void Connection::answer(std::string_view bytes, bool keep_alive) {
  std::unique_lock lock(mutex_);
  if (closed_ || phase_ != Phase::busy) return;
  write(bytes);
  if (phase_ == Phase::closing) return;
  if (!keep_alive) return close_after_output();
  enter(Phase::idle);
  if (!input_.empty() && !pumping_) pump(lock);
}

void Connection::enter(Phase phase) {
  if (phase_ == phase) return;
  phase_ = phase;
  deadline_ = Clock::now() + time_for(phase);
}

std::chrono::milliseconds Connection::time_for(Phase phase) const {
  switch (phase) {
    case Phase::idle: return owner_.options.idle_timeout;
    case Phase::head: return owner_.options.head_timeout;
    case Phase::body: return owner_.options.body_timeout;
    case Phase::closing: return linger;
    case Phase::busy: break;
  }
  return std::chrono::hours(24);  // the handler's own deadlines bound it
}

void Connection::write(std::string_view bytes) {
  if (output_.empty()) {
    const auto sent = send_some(descriptor_, bytes);
    if (!sent) return cut();
    bytes.remove_prefix(*sent);
    if (bytes.empty()) return;
    write_deadline_ = Clock::now() + owner_.options.write_timeout;
    owner_.await_writable(*this);
  }
  output_.append(bytes);
}

void Connection::writable() {
  std::unique_lock lock(mutex_);
  if (closed_ || output_.empty()) return;
  const auto sent = send_some(descriptor_, output_);
  if (!sent) return cut();
  output_.erase(0, *sent);
  // Who reads steadily may take longer, at a least rate.
  write_deadline_ += std::chrono::milliseconds(*sent / bytes_per_millisecond_min);
  if (!output_.empty()) return owner_.await_writable(*this);
  if (phase_ == Phase::closing) return close_after_output();
  if (phase_ != Phase::busy && !input_.empty() && !pumping_) pump(lock);
}

void Connection::close_after_output() {
  phase_ = Phase::closing;
  input_.clear();
  deadline_ = Clock::now() + linger;
  if (!output_.empty()) return;
  ::shutdown(descriptor_, SHUT_WR);
}

void Connection::cut() {
  if (closed_) return;
  // Closed with a reset, lest who still sends waits a minute at a full window.
  constexpr ::linger reset{1, 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  // The reactor sees the end and closes: a descriptor closed here could be another's by then.
  ::shutdown(descriptor_, SHUT_RDWR);
  phase_ = Phase::closing;
  deadline_ = Clock::time_point::max();
  input_.clear();
  output_.clear();
}

void Connection::turn_away(const Problem& problem) {
  const std::lock_guard lock(mutex_);
  refuse_now(problem);
  if (closed_ || !output_.empty()) return cut();
  ::shutdown(descriptor_, SHUT_RDWR);  // without a reset, which could overtake the answer
}

void Connection::refuse_now(const Problem& problem) {
  ++owner_.refused;
  write(owner_.refusal(problem));
  if (phase_ != Phase::closing) close_after_output();
}

void Connection::disconnected() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  input_.clear();
  output_.clear();
}

void Connection::check(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  if (!output_.empty()) {
    if (now < write_deadline_) return;
    ++owner_.refused;
    return cut();
  }
  if (owner_.draining && phase_ == Phase::idle) return close_after_output();
  if (now < deadline_) return;
  if (phase_ == Phase::head || phase_ == Phase::body) {
    refuse_now({problems::request_timeout, "The request did not arrive in time."});
  } else {
    cut();
  }
}

bool Connection::is_active() const {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  return !output_.empty() || phase_ == Phase::head || phase_ == Phase::body ||
         phase_ == Phase::busy;
}

}  // namespace web
