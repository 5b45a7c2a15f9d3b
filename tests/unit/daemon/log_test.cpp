#include "daemon/log.hpp"

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "vocabulary/timestamp.hpp"

using nlohmann::json;

namespace {

// What `act` writes to stdout, line by line.
template <class Act>
std::vector<std::string> lines_of(Act act) {
  char path[] = "/tmp/countersign-log-XXXXXX";
  const int file = mkstemp(path);
  std::fflush(stdout);
  const int original = dup(STDOUT_FILENO);
  dup2(file, STDOUT_FILENO);
  act();
  std::fflush(stdout);
  dup2(original, STDOUT_FILENO);
  close(original);

  std::string text(static_cast<std::size_t>(lseek(file, 0, SEEK_END)), '\0');
  const auto size = pread(file, text.data(), text.size(), 0);
  close(file);
  unlink(path);
  REQUIRE(size == static_cast<ssize_t>(text.size()));

  std::vector<std::string> lines;
  for (std::size_t start = 0; start < text.size();) {
    const auto end = text.find('\n', start);
    REQUIRE(end != std::string::npos);
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

}  // namespace

TEST_CASE("A log line is one JSON object with time, level, service, event and the fields") {
  process::start_log("membership");
  const auto before = vocabulary::now();
  const auto lines = lines_of([] {
    process::log_info("requestAnswered",
                      {{"operation", "approveRoleRequest"}, {"status", 200}, {"slow", false}});
    process::log_warning("backlog");
    process::log_error("failed", {{"count", std::int64_t{-1}}});
  });
  REQUIRE(lines.size() == 3);
  json first = json::parse(lines[0]);
  const auto time = vocabulary::parse_timestamp(first["time"].get<std::string>());
  REQUIRE(time);
  CHECK(*time >= before);
  CHECK(*time <= vocabulary::now());
  first.erase("time");
  CHECK(first == json{{"level", "info"},
                      {"service", "membership"},
                      {"event", "requestAnswered"},
                      {"operation", "approveRoleRequest"},
                      {"status", 200},
                      {"slow", false}});
  CHECK(json::parse(lines[1])["level"] == "warning");
  CHECK(json::parse(lines[2])["level"] == "error");
  CHECK(json::parse(lines[2])["count"] == -1);
}

TEST_CASE("A forged line stays inside its value") {
  process::start_log("membership");
  const std::string forged =
      "x\"}\n{\"time\":\"2020-01-01T00:00:00.000Z\",\"level\":\"info\",\"event\":"
      "\"adminSignedIn\"}";
  const auto lines = lines_of([&] {
    process::log_info("refused", {{"value", forged}});
    spdlog::warn("refused {}", forged);
    spdlog::error(forged);
  });
  REQUIRE(lines.size() == 3);
  CHECK(json::parse(lines[0])["value"] == forged);
  CHECK(json::parse(lines[1])["text"] == "refused " + forged);
  CHECK(json::parse(lines[2])["text"] == forged);
  for (const auto& line : lines) CHECK(json::parse(line)["event"] != "adminSignedIn");
}

TEST_CASE("Any bytes make a line that is valid UTF-8 and JSON without control characters") {
  process::start_log("membership");
  std::string all_bytes;
  for (int byte = 0; byte < 256; ++byte) all_bytes += static_cast<char>(byte);
  const std::string samples[] = {all_bytes,
                                 "\xC0\xAF",                  // overlong
                                 "\xED\xA0\x80",              // surrogate
                                 "\xF4\x90\x80\x80",          // beyond Unicode
                                 "\xE2\x82",                  // cut off
                                 "\xE2\x80\xA8\xE2\x80\xA9",  // line separators
                                 "caf\xC3\xA9 \xF0\x9F\x94\x91"};
  const auto lines = lines_of([&] {
    for (const auto& sample : samples) process::log_info("sample", {{"value", sample}});
  });
  REQUIRE(lines.size() == std::size(samples));
  for (const auto& line : lines) {
    INFO(line);
    REQUIRE(json::accept(line));
    CHECK(line.find_first_of(std::string("\0\r\x1B\x7F", 4)) == std::string::npos);
    CHECK(line.find("\xE2\x80\xA8") == std::string::npos);
  }
  CHECK(json::parse(lines.back())["value"] == samples[6]);
}

TEST_CASE("Text of other libraries keeps braces and percent signs as they are") {
  process::start_log("membership");
  const auto lines = lines_of([] { spdlog::info("{} {:d} %v %s", "{}", 5); });
  REQUIRE(lines.size() == 1);
  CHECK(json::parse(lines[0])["text"] == "{} 5 %v %s");
  CHECK(json::parse(lines[0])["event"] == "message");
}

TEST_CASE("Lines of several threads do not mix") {
  process::start_log("membership");
  const auto lines = lines_of([] {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([] {
        for (int i = 0; i < 250; ++i) {
          process::log_info("structured", {{"filler", std::string(300, 'x')}});
          spdlog::info("plain {}", std::string(300, 'y'));
        }
      });
    }
    for (auto& thread : threads) thread.join();
  });
  CHECK(lines.size() == 2'000);
  for (const auto& line : lines) REQUIRE(json::accept(line));
}
