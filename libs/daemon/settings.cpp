#include "daemon/settings.hpp"

#include <charconv>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <utility>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "vocabulary/text.hpp"

namespace process {

namespace {

using vocabulary::trim;

// What is wrong with a value, or "".
using Parse = std::function<std::string(const std::string& text)>;

struct Setting {
  std::string name;
  std::string help;
  bool required;
  bool is_secret;
  Parse parse;
  std::string flag_value;
  bool has_flag = false;
};

std::string environment_name(const std::string& program, const std::string& name) {
  std::string text = program + "_" + name;
  for (char& character : text) {
    if (character == '-') character = '_';
    if (character >= 'a' && character <= 'z') character = static_cast<char>(character - 32);
  }
  return text;
}

template <class Integer>
std::optional<Integer> parse_integer(std::string_view text) {
  Integer value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds(0);
  const auto digits = text.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos) return std::nullopt;
  static const std::map<std::string_view, std::int64_t> units = {
      {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  const auto unit = units.find(text.substr(digits));
  const auto count = parse_integer<std::int64_t>(text.substr(0, digits));
  if (unit == units.end() || !count ||
      *count > std::numeric_limits<std::int32_t>::max() * 1'000LL / unit->second) {
    return std::nullopt;
  }
  return std::chrono::milliseconds(*count * unit->second);
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto part = trim(text.substr(0, comma));
    if (!part.empty()) parts.emplace_back(part);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return parts;
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad()) return std::nullopt;
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

// Kubernetes announces a service named "membership" to its neighbours with these.
bool is_service_link(const std::string& name, const std::string& prefix) {
  return std::regex_match(name.substr(prefix.size()),
                          std::regex("SERVICE_(HOST|PORT(_.*)?)|PORT(_\\d+_.*)?"));
}

}  // namespace

struct SettingsReader::State {
  explicit State(const std::string& name) : program(name) {}

  void add(const char* name, const char* help, Parse parse, bool required = false,
           bool is_secret = false) {
    settings.push_back({name, help, required, is_secret, std::move(parse), {}});
  }

  void add_text(const char* name, std::string& value, const char* help, bool required,
                bool is_secret) {
    const auto parse = [&value](const std::string& text) {
      value = text;
      return std::string();
    };
    add(name, help, parse, required, is_secret);
  }

  std::string environment(const Setting& setting) const {
    return environment_name(program, setting.name);
  }

  Setting* find(const std::string& name) {
    for (auto& setting : settings) {
      if (setting.name == name) return &setting;
    }
    return nullptr;
  }

  Command read_arguments(int argc, char** argv);
  void judge_extras(const std::vector<std::string>& extras);
  void read_configuration_file(const std::string& path);
  void refuse_unknown_environment();
  std::optional<std::string> from_environment(const Setting& setting);
  std::optional<std::string> find_text(const Setting& setting);

  const std::string program;
  std::string configuration_file;
  std::deque<Setting> settings;  // the parser's options point into it
  struct KnownCommand {
    std::string name, help;
    std::vector<std::string> parameters;
  };
  std::vector<KnownCommand> commands;
  std::map<std::string, std::string> from_file;
  std::vector<std::string> faults;
};

SettingsReader::SettingsReader(std::string program) : state_(std::make_unique<State>(program)) {
  text("config", state_->configuration_file, "file of \"name = value\" lines");
}

SettingsReader::~SettingsReader() = default;

SettingsReader& SettingsReader::text(const char* name, std::string& value, const char* help) {
  state_->add_text(name, value, help, false, false);
  return *this;
}

SettingsReader& SettingsReader::required_text(const char* name, std::string& value,
                                              const char* help) {
  state_->add_text(name, value, help, true, false);
  return *this;
}

SettingsReader& SettingsReader::secret(const char* name, std::string& value, const char* help) {
  state_->add_text(name, value, help, false, true);
  return *this;
}

SettingsReader& SettingsReader::required_secret(const char* name, std::string& value,
                                                const char* help) {
  state_->add_text(name, value, help, true, true);
  return *this;
}

SettingsReader& SettingsReader::list(const char* name, std::vector<std::string>& value,
                                     const char* help) {
  state_->add(name, help, [&value](const std::string& text) {
    value = split(text);
    return std::string();
  });
  return *this;
}

SettingsReader& SettingsReader::integer(const char* name, std::int64_t& value, std::int64_t low,
                                        std::int64_t high, const char* help) {
  state_->add(name, help, [&value, low, high](const std::string& text) -> std::string {
    const auto parsed = parse_integer<std::int64_t>(text);
    if (!parsed || *parsed < low || *parsed > high) {
      return "is not a number from " + std::to_string(low) + " to " + std::to_string(high);
    }
    value = *parsed;
    return "";
  });
  return *this;
}

SettingsReader& SettingsReader::boolean(const char* name, bool& value, const char* help) {
  state_->add(name, help, [&value](const std::string& text) -> std::string {
    if (text != "true" && text != "false") return "is neither true nor false";
    value = text == "true";
    return "";
  });
  return *this;
}

SettingsReader& SettingsReader::duration(const char* name, std::chrono::milliseconds& value,
                                         const char* help) {
  state_->add(name, help, [&value](const std::string& text) -> std::string {
    const auto parsed = parse_duration(text);
    if (!parsed) return "is not a duration such as 250ms, 30s, 15m, 12h or 30d";
    value = *parsed;
    return "";
  });
  return *this;
}

SettingsReader& SettingsReader::durations(const char* name,
                                          std::vector<std::chrono::milliseconds>& value,
                                          const char* help) {
  state_->add(name, help, [&value](const std::string& text) -> std::string {
    std::vector<std::chrono::milliseconds> parsed;
    for (const std::string& part : split(text)) {
      const auto duration = parse_duration(part);
      if (!duration) return "is not a list of durations such as 12h,3d";
      parsed.push_back(*duration);
    }
    value = std::move(parsed);
    return "";
  });
  return *this;
}

SettingsReader& SettingsReader::address(const char* name, std::string& host, std::uint16_t& port,
                                        const char* help) {
  state_->add(name, help, [&host, &port](const std::string& text) -> std::string {
    std::smatch parts;
    static const std::regex form(R"((?:\[([0-9a-fA-F:.]+)\]|([^:\[\]\s]+)):(\d{1,5}))");
    const auto number = std::regex_match(text, parts, form)
                            ? parse_integer<std::uint16_t>(parts[3].str())
                            : std::nullopt;
    if (!number) return "is not an address such as 127.0.0.1:8080 or [::1]:8080";
    host = parts[1].matched ? parts[1] : parts[2];
    port = *number;
    return "";
  });
  return *this;
}

SettingsReader& SettingsReader::command(const char* name, std::vector<std::string> arguments,
                                        const char* help) {
  state_->commands.push_back({name, help, std::move(arguments)});
  return *this;
}

SettingsReader::Command SettingsReader::State::read_arguments(int argc, char** argv) {
  CLI::App app("Countersign: " + program, program);
  app.set_version_flag("--version", COUNTERSIGN_VERSION);
  app.allow_extras();
  std::string footer =
      "Each is also read from the environment, or from the file that NAME_FILE names:\n";
  for (auto& setting : settings) {
    const std::string variable = environment(setting);
    if (setting.is_secret) {
      footer += "  " + variable + ": " + setting.help + " (secret: never a flag)\n";
      continue;
    }
    auto* flag = app.add_option("--" + setting.name, setting.flag_value,
                                setting.help + " [" + variable + "]");
    flag->type_name("");
    if (setting.required) flag->description(flag->get_description() + " (required)");
  }
  app.footer(footer);

  Command chosen{"serve", {}};
  app.require_subcommand(0, 1);
  app.fallthrough();
  app.add_subcommand("serve", "run the service (the default)");
  for (const auto& command : commands) {
    auto* sub = app.add_subcommand(command.name, command.help);
    std::vector<CLI::Option*> parameters;
    for (const auto& parameter : command.parameters) {
      parameters.push_back(sub->add_option(parameter)->required());
    }
    sub->final_callback([&chosen, name = command.name, parameters] {
      chosen.name = name;
      for (const auto* parameter : parameters) {
        chosen.arguments.push_back(parameter->as<std::string>());
      }
    });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    std::exit(app.exit(help));
  } catch (const CLI::ParseError& error) {
    faults.emplace_back(error.what());
  }
  for (auto& setting : settings) {
    setting.has_flag = !setting.is_secret && app.count("--" + setting.name) > 0;
  }
  judge_extras(app.remaining(true));
  return chosen;
}

// Values are not repeated: a secret may be among them.
void SettingsReader::State::judge_extras(const std::vector<std::string>& extras) {
  bool value_follows = false;
  for (const auto& extra : extras) {
    if (!extra.starts_with("-")) {
      if (!value_follows) faults.push_back("\"" + extra + "\" is not a command");
      value_follows = false;
      continue;
    }
    const auto equals = extra.find('=');
    value_follows = equals == std::string::npos;
    const std::string name = extra.substr(0, equals);
    const auto* setting = name.starts_with("--") ? find(name.substr(2)) : nullptr;
    if (setting && setting->is_secret) {
      const std::string variable = environment(*setting);
      faults.push_back(name + " is a secret: it is taken from " + variable + " or " + variable +
                       "_FILE only");
    } else {
      faults.push_back(name + " is unknown");
    }
  }
}

void SettingsReader::State::read_configuration_file(const std::string& path) {
  std::ifstream file(path);
  if (!file.is_open()) {
    faults.push_back("--config: cannot read " + path);
    return;
  }
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.ends_with('\r')) line.pop_back();
    const auto content = trim(line);
    if (content.empty() || content.starts_with('#')) continue;
    const std::string where = path + " line " + std::to_string(number) + ": ";
    const auto equals = content.find('=');
    if (equals == std::string_view::npos) {
      faults.push_back(where + "is not a \"name = value\" line");
      continue;
    }
    const std::string name(trim(content.substr(0, equals)));
    if (!find(name) || name == "config") {
      faults.push_back(where + name + " is unknown");
    } else if (!from_file.emplace(name, trim(content.substr(equals + 1))).second) {
      faults.push_back(where + name + " is there twice");
    }
  }
}

void SettingsReader::State::refuse_unknown_environment() {
  const std::string prefix = environment_name(program, "");
  std::set<std::string> known;
  for (const auto& setting : settings) {
    known.insert(environment(setting));
    known.insert(environment(setting) + "_FILE");
  }
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string name = std::string(*each).substr(0, std::string(*each).find('='));
    if (name.starts_with(prefix) && !known.contains(name) && !is_service_link(name, prefix)) {
      faults.push_back(name + " is unknown");
    }
  }
}

std::optional<std::string> SettingsReader::State::from_environment(const Setting& setting) {
  const std::string name = environment(setting);
  const char* value = std::getenv(name.c_str());
  const char* path = std::getenv((name + "_FILE").c_str());
  if (path == nullptr) return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  if (value != nullptr) {
    faults.push_back(name + " and " + name + "_FILE are both set");
    return value;
  }
  auto text = read_file(path);
  if (!text) {
    faults.push_back(name + "_FILE: cannot read " + path);
    return "";
  }
  return text;
}

std::optional<std::string> SettingsReader::State::find_text(const Setting& setting) {
  if (setting.has_flag) return setting.flag_value;
  if (auto text = from_environment(setting)) return text;
  const auto found = from_file.find(setting.name);
  return found == from_file.end() ? std::nullopt : std::optional(found->second);
}

SettingsReader::Command SettingsReader::read(int argc, char** argv) {
  auto& state = *state_;
  auto command = state.read_arguments(argc, argv);
  state.refuse_unknown_environment();
  if (const auto path = state.find_text(state.settings.front()); path && !path->empty()) {
    state.read_configuration_file(*path);
  }
  for (const auto& setting : state.settings) {
    if (setting.name == "config") continue;
    const auto faults_before = state.faults.size();
    const auto text = state.find_text(setting);
    if (state.faults.size() > faults_before) continue;
    const std::string name = setting.is_secret ? state.environment(setting) : "--" + setting.name;
    if (setting.required && (!text || text->empty())) {
      state.faults.push_back(name + " is missing" +
                             (setting.is_secret ? "" : " (" + state.environment(setting) + ")"));
    } else if (text) {
      const std::string fault = setting.parse(*text);
      if (!fault.empty()) state.faults.push_back(name + " " + fault);
    }
  }
  if (state.faults.empty()) return command;
  std::string all;
  for (const auto& fault : state.faults) all += (all.empty() ? "" : "\n") + fault;
  throw BadSettings(all);
}

}  // namespace process
