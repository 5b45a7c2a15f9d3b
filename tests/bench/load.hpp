#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace bench {

struct Answer {
  int status;
  std::string_view head;
  std::string_view body;
};

/// What one client of a load does: the bytes of its next request, given the answer to the one
/// before (nullptr at first). They stay valid until it is asked again.
using Client = std::function<std::string_view(const Answer* answer)>;

struct Load {
  std::uint16_t port;
  std::chrono::milliseconds warm_up{500};
  std::chrono::milliseconds duration{2'000};
  /// Requests a second of all clients together, sent when they are due whether or not the server
  /// keeps up; 0 sends each as soon as the one before is answered.
  double rate = 0;
  std::size_t requests_max = 0;  // ends earlier, after as many; 0 for no such end
};

struct Measured {
  std::uint64_t answered = 0;  // after the warm-up
  std::uint64_t refused = 0;   // of these, with a status of 400 or more
  double seconds = 0;
  std::vector<std::uint32_t> micros;  // from when each was due to its answer; sorted

  double per_second() const { return static_cast<double>(answered) / seconds; }
  double percentile(double share) const;  // of `micros`, in milliseconds
};

/// Runs `clients`, each on a keep-alive connection of its own, from this thread. `measuring` is
/// called when the warm-up ends. Throws std::runtime_error when the server hangs up.
Measured run(const Load& load, std::vector<Client> clients,
             const std::function<void()>& measuring = {});

}  // namespace bench
