#pragma once

#include <csignal>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>

#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "service/web/echo_server.hpp"
#include "support/processes.hpp"

namespace testing {

/// A real nginx in front of a server on loopback, with connections to it kept alive.
class Nginx {
 public:
  explicit Nginx(std::uint16_t upstream_port) {
    const auto folder = folder_.path().string();
    const auto file = folder + "/nginx.conf";
    std::ofstream(file) << "worker_processes 1;\ndaemon off;\nmaster_process off;\npid " << folder
                        << "/pid;\nerror_log " << folder << "/error.log;\n"
                        << "events { worker_connections 8192; }\n"
                        << "http {\n  access_log off;\n  keepalive_requests 1000000;\n";
    std::ofstream config(file, std::ios::app);
    for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
      config << "  " << kind << "_temp_path " << folder << "/" << kind << ";\n";
    }
    config << "  upstream server { server 127.0.0.1:" << upstream_port
           << " max_fails=0; keepalive 32; keepalive_requests 1000000; }\n"
           << "  server {\n    listen 127.0.0.1:" << port_.number() << " backlog=1024;\n"
           << "    location / {\n      proxy_pass http://server;\n"
           << "      proxy_http_version 1.1;\n      proxy_set_header Connection \"\";\n"
           << "    }\n  }\n}\n";
    config.close();
    const char* arguments[] = {"nginx", "-p", folder.c_str(), "-c", file.c_str(), nullptr};
    if (posix_spawn(&process_, "/usr/sbin/nginx", nullptr, nullptr, const_cast<char**>(arguments),
                    environ) != 0) {
      throw std::runtime_error("nginx does not start: see deploy/local/install-dependencies");
    }
    const auto listens = [this] {
      try {
        RawClient client(port_.number());
        return true;
      } catch (const std::runtime_error&) {
        return false;
      }
    };
    if (!eventually(listens)) throw std::runtime_error("nginx does not listen");
  }
  ~Nginx() {
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
  }
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;

  std::uint16_t port() const { return port_.number(); }

 private:
  TemporaryFolder folder_;
  ReservedPort port_;
  pid_t process_ = 0;
};

}  // namespace testing
