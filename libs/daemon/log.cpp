#include "daemon/log.hpp"

#include <chrono>
#include <memory>
#include <mutex>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "vocabulary/timestamp.hpp"
#include "vocabulary/utf8.hpp"

namespace process {

namespace {

// The logger of complete members; all others carry text that must be escaped.
constexpr std::string_view events_logger = "events";

// A JSON string. Line separators of Unicode and DEL are escaped too: some readers break lines
// there.
void append_quoted(std::string& json, std::string_view text) {
  constexpr std::string_view hex_digits = "0123456789abcdef";
  json += '"';
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.front());
    std::size_t size = vocabulary::character_size(text);
    if (byte == '"' || byte == '\\') {
      json += '\\';
      json += text.front();
    } else if (byte < 0x20 || byte == 0x7F) {
      json += "\\u00";
      json += hex_digits[byte >> 4];
      json += hex_digits[byte & 0xFu];
    } else if (size == 0) {
      json += "\\ufffd";
      size = 1;
    } else if (text.starts_with("\xE2\x80\xA8") || text.starts_with("\xE2\x80\xA9")) {
      json += text[2] == '\xA8' ? "\\u2028" : "\\u2029";
    } else {
      json += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  json += '"';
}

void append_member(std::string& json, const char* name, const LogValue& value) {
  json += ",\"";
  json += name;
  json += "\":";
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    json += std::to_string(*number);
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    json += *flag ? "true" : "false";
  } else {
    append_quoted(json, std::get<std::string>(value));
  }
}

// Every line, also those of libraries that only know spdlog, is one JSON object.
class JsonFormatter : public spdlog::formatter {
 public:
  explicit JsonFormatter(std::string service) : service_(std::move(service)) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) override {
    const auto level = spdlog::level::to_string_view(message.level);
    const std::string_view payload(message.payload.data(), message.payload.size());
    std::string json = "{\"time\":\"";
    json += vocabulary::to_text(std::chrono::floor<std::chrono::milliseconds>(message.time));
    json += "\",\"level\":\"";
    json.append(level.data(), level.size());
    json += "\",\"service\":";
    append_quoted(json, service_);
    json += ",\"event\":";
    if (std::string_view(message.logger_name.data(), message.logger_name.size()) == events_logger) {
      json += payload;
    } else {
      json += "\"message\",\"text\":";
      append_quoted(json, payload);
    }
    json += "}\n";
    line.append(json.data(), json.data() + json.size());
  }

  std::unique_ptr<formatter> clone() const override {
    return std::make_unique<JsonFormatter>(service_);
  }

 private:
  std::string service_;
};

std::shared_ptr<spdlog::logger> events() {
  auto logger = spdlog::get(std::string(events_logger));
  if (logger) return logger;
  start_log("");
  return spdlog::get(std::string(events_logger));
}

void log(spdlog::level::level_enum level, const char* event, LogFields fields) {
  std::string members;
  append_quoted(members, event);
  for (const auto& [name, value] : fields) append_member(members, name, value);
  events()->log(level, spdlog::string_view_t(members));
}

}  // namespace

void log_info(const char* event, LogFields fields) {
  log(spdlog::level::info, event, fields);
}

void log_warning(const char* event, LogFields fields) {
  log(spdlog::level::warn, event, fields);
}

void log_error(const char* event, LogFields fields) {
  log(spdlog::level::err, event, fields);
}

void start_log(std::string service) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  const auto sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
  sink->set_formatter(std::make_unique<JsonFormatter>(std::move(service)));
  spdlog::drop_all();
  spdlog::register_logger(std::make_shared<spdlog::logger>(std::string(events_logger), sink));
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("", sink));
}

}  // namespace process
