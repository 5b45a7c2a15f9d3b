#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

#include "support/processes.hpp"

namespace testing {

/// A PostgreSQL cluster of a test's own, on a port that outlives its death, to be stopped and
/// killed. It dies with this object, and with the thread that started it.
class Cluster {
 public:
  Cluster();
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  /// Returns when it answers. `options` as on postgres' command line, `variables` "NAME=value".
  void start(const std::vector<std::string>& options = {},
             const std::vector<std::string>& variables = {});
  /// Ends transactions and connections, and stops.
  void stop();
  /// As a crash: nothing is flushed, and what was not committed is lost.
  void crash();
  /// kill -9 of all its processes.
  void kill();

  /// Of its only database, as superuser.
  const std::string& url() const { return url_; }
  /// Its user's own, with "data" in it.
  const std::filesystem::path& folder() const { return folder_.path(); }
  /// Runs `sql` on a connection of its own, which ends at once.
  void run(const std::string& sql) const;

 private:
  void signal(int number);

  TemporaryFolder folder_;
  std::string programs_;
  ReservedPort port_;
  std::string url_;
  pid_t server_ = 0;
};

}  // namespace testing
