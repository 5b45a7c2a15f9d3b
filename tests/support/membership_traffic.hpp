#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/membership_process.hpp"

namespace testing {

/// People who ask for access to a clinic, are approved or denied, and removed again, over and over,
/// all at once. Each act is repeated with its Idempotency-Key until it is answered with something
/// else than 503, which must name the seconds after which to try again. Remembers what was
/// acknowledged.
class MembershipTraffic {
 public:
  /// With `process_dies`, connections may break without an answer.
  MembershipTraffic(const ServiceProcess& process, const MembershipNeighbours& neighbours,
                    const Clinic& clinic, bool process_dies = false);
  ~MembershipTraffic() { stop(); }

  void stop();

  int acknowledged() const { return acknowledged_; }
  int unavailable() const { return unavailable_; }
  std::chrono::milliseconds longest_unavailable() const { return longest_unavailable_; }
  /// Waits until everybody has had an act acknowledged that began after now; the time it took, or
  /// `limit` when it did not come to that.
  std::chrono::milliseconds time_until_all_act(std::chrono::milliseconds limit);

  /// What was answered that must not be, "" when nothing.
  std::string failure() const;
  /// What was acknowledged so far.
  std::vector<Deed> deeds() const;

 private:
  void work(std::size_t person);
  void round(std::size_t person, bool approve);
  Json insist(std::size_t person, Client& client, int status, const std::string& path,
              const Json& body, Headers headers = {});
  Answer ask(const std::function<Answer()>& send);

  const ServiceProcess& process_;
  const MembershipNeighbours& neighbours_;
  const Clinic clinic_;
  const bool process_dies_;
  std::atomic<bool> stopped_ = false;
  std::atomic<int> acknowledged_ = 0;
  std::atomic<int> unavailable_ = 0;
  std::atomic<std::chrono::milliseconds> longest_unavailable_{};
  std::vector<std::atomic<int>> begun_;  // by person: how many acts, how many at the last success
  std::vector<std::atomic<int>> done_;
  mutable std::mutex mutex_;
  std::string failure_;
  std::vector<Deed> deeds_;
  std::vector<std::thread> threads_;
};

}  // namespace testing
