#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace process {

/// One value of a log line. Never personal data, TINs, secrets or exception texts from a database.
using LogValue = std::variant<std::int64_t, bool, std::string>;
using LogFields = std::initializer_list<std::pair<const char*, LogValue>>;

/// Writes one JSON object a line to stdout: {"time", "level", "service", "event", …fields}.
/// `event` is a literal in camelCase ("requestAnswered"). Safe from any thread; input cannot forge
/// lines.
void log_info(const char* event, LogFields fields = {});
void log_warning(const char* event, LogFields fields = {});
void log_error(const char* event, LogFields fields = {});

/// Names the service in every line. Called once, first thing in main().
void start_log(std::string service);

}  // namespace process
