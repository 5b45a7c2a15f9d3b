#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "auth/jws.hpp"

namespace bench {

/// Of every process, and of what stands for one.
inline const std::string audit_key(32, 'b');

/// One process under measurement, with both its listeners on ports of its own. What it logs is
/// thrown away, what it says on stderr is ours. It dies with this object.
class Process {
 public:
  /// Returns when /readyz answers 200. The settings are environment variables; both addresses,
  /// the issuer and the secret are added.
  Process(const std::string& program, std::map<std::string, std::string> settings);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  std::uint16_t port() const { return port_; }
  std::chrono::microseconds time_to_ready() const { return time_to_ready_; }
  double cpu_seconds() const;
  double resident_mib() const;

 private:
  pid_t process_;
  std::uint16_t port_;
  std::chrono::microseconds time_to_ready_{};
};

/// The share of all processors' time that the host of a virtual machine has given to others since
/// this was made ("steal" in proc(5)); 0 where nobody counts it.
class Stolen {
 public:
  double share() const;

 private:
  struct Ticks {
    double all = 0;
    double stolen = 0;
    static Ticks now();
  };
  Ticks since_ = Ticks::now();
};

/// Runs a program to its end; throws when it fails.
void run_to_end(const std::vector<std::string>& command,
                const std::map<std::string, std::string>& environment);

/// Identity and notification as far as membership needs them: keys, a service token, and a taker of
/// every event.
class Peers {
 public:
  Peers();
  ~Peers();

  std::string url() const;
  /// The access token of a person, good for a day.
  std::string token_of(const std::string& account_id) const;
  /// The access token of a partner's client, to check authorizations.
  std::string token_of_partner(const std::string& client_id) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bench
