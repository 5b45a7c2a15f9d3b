#include "support/recorder.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <regex>
#include <string_view>

#include <nlohmann/json.hpp>
#include <unistd.h>

namespace testing {

namespace {

constexpr int alike_max = 100;

std::string lower_case(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

/// Header names in lower case; tokens and service credentials stay out of the file.
nlohmann::json to_json(const RecordedExchange::Headers& headers) {
  auto json = nlohmann::json::object();
  for (const auto& [name, value] : headers) {
    const auto key = lower_case(name);
    json[key] = key == "authorization" ? "(left out)" : value;
  }
  return json;
}

class Recorder {
 public:
  explicit Recorder(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    const auto started = std::chrono::steady_clock::now().time_since_epoch().count();
    file_.open(folder / (std::to_string(getpid()) + "-" + std::to_string(started) + ".jsonl"));
  }

  void write(const RecordedExchange& exchange) {
    const auto question = exchange.target.find('?');
    const auto path = exchange.target.substr(0, question);
    static const std::regex id("[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}");
    const auto alike = exchange.method + ' ' + std::regex_replace(path, id, "{id}") + ' ' +
                       std::to_string(exchange.status);
    const nlohmann::json line = {
        {"method", exchange.method},
        {"path", path},
        {"query", question == std::string::npos ? "" : exchange.target.substr(question + 1)},
        {"requestHeaders", to_json(exchange.request_headers)},
        {"requestBody", exchange.request_body},
        {"status", exchange.status},
        {"responseHeaders", to_json(exchange.response_headers)},
        {"responseBody", exchange.response_body}};
    const std::lock_guard lock(mutex_);
    if (++seen_[alike] > alike_max) return;
    file_ << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> seen_;
  std::ofstream file_;
};

}  // namespace

void record_exchange(const RecordedExchange& exchange) {
  static const char* const folder = std::getenv("RECORD_ANSWERS");
  if (!folder || !*folder) return;
  static Recorder recorder(folder);
  recorder.write(exchange);
}

}  // namespace testing
