#include "web/body.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace web {

namespace {

using nlohmann::json;

constexpr std::size_t depth_max = 16;
constexpr std::size_t names_max = 256;
constexpr std::size_t errors_max = 256;
constexpr std::int64_t exact_integer_max = std::int64_t{1} << 53;

[[noreturn]] void refuse(const char* detail) {
  throw Problem(problems::malformed_request, detail);
}

bool is_exact(const json& number) {
  if (number.is_number_unsigned()) return number.get<std::uint64_t>() <= exact_integer_max;
  if (number.is_number_integer()) return number.get<std::int64_t>() >= -exact_integer_max;
  return std::abs(number.get<double>()) <= static_cast<double>(exact_integer_max);
}

bool is_json(std::string_view content_type) {
  const auto folded = vocabulary::fold_case(content_type);
  const std::string_view type = folded;
  const auto semicolon = type.find(';');
  if (vocabulary::trim(type.substr(0, semicolon)) != "application/json") return false;
  if (semicolon == std::string_view::npos) return true;
  const auto parameter = vocabulary::trim(type.substr(semicolon + 1));
  return parameter == "charset=utf-8" || parameter == "charset=\"utf-8\"";
}

json read_object(const Request& request) {
  if (request.body.empty()) return json::object();
  const auto* content_type = request.header("content-type");
  if (content_type == nullptr || !is_json(*content_type)) {
    throw Problem(problems::unsupported_media_type, "Send the body as application/json.");
  }
  auto object = parse_json(request.body);
  if (!object.is_object()) refuse("The body is not a JSON object.");
  return object;
}

// RFC 6901
std::string escape(std::string_view name) {
  std::string escaped;
  for (const char character : name) {
    if (character == '~') {
      escaped += "~0";
    } else if (character == '/') {
      escaped += "~1";
    } else {
      escaped += character;
    }
  }
  return escaped;
}

std::string length_rule(std::size_t low, std::size_t high) {
  return "must have " + std::to_string(low) + " to " + std::to_string(high) + " characters";
}

}  // namespace

json parse_json(std::string_view text) {
  if (text.find('\0') != std::string_view::npos || text.starts_with("\xEF\xBB\xBF")) {
    refuse("The body is not strict JSON: it holds a NUL or starts with a byte order mark.");
  }
  std::vector<std::vector<std::string>> names;
  std::size_t depth = 0;
  // Throwing stops the parser; returning false would only skip the value.
  const auto check = [&](int, json::parse_event_t event, json& value) {
    switch (event) {
      case json::parse_event_t::object_start: names.emplace_back(); [[fallthrough]];
      case json::parse_event_t::array_start:
        if (++depth > depth_max) refuse("The body is nested too deeply.");
        break;
      case json::parse_event_t::object_end: names.pop_back(); [[fallthrough]];
      case json::parse_event_t::array_end: --depth; break;
      case json::parse_event_t::key: {
        const auto& name = value.get_ref<const std::string&>();
        auto& siblings = names.back();
        if (name.find('\0') != std::string::npos) refuse("The body holds a NUL.");
        if (std::find(siblings.begin(), siblings.end(), name) != siblings.end()) {
          refuse("An object in the body has the same name twice.");
        }
        if (siblings.size() == names_max) refuse("An object in the body has too many names.");
        siblings.push_back(name);
        break;
      }
      case json::parse_event_t::value:
        if (value.is_number() && !is_exact(value)) {
          refuse("A number in the body is beyond 2^53, where numbers lose digits.");
        }
        if (value.is_string() &&
            value.get_ref<const std::string&>().find('\0') != std::string::npos) {
          refuse("The body holds a NUL.");
        }
        break;
    }
    return true;
  };
  try {
    return json::parse(text.begin(), text.end(), check);
  } catch (const json::exception&) {
    refuse("The body is not well-formed JSON in UTF-8.");
  }
}

BodyReader::BodyReader(const Request& request) : object_(read_object(request)) {}

BodyReader::BodyReader(const json& object, std::string pointer)
    : object_(object), pointer_(std::move(pointer)) {
  if (object_.is_object()) return;
  errors_.push_back({pointer_, "This field must be an object."});
  object_ = json::object();
}

const json* BodyReader::field(std::string_view name, bool required) {
  known_.emplace_back(name);
  const auto found = object_.find(name);
  if (found != object_.end() && !found->is_null()) return &*found;
  if (required) fail(name, "is required");
  return nullptr;
}

std::string BodyReader::text(std::string_view name, std::size_t low, std::size_t high) {
  auto given = free_text(name, low, high);
  if (vocabulary::has_control_characters(given)) fail(name, "has control characters");
  return given;
}

std::optional<std::string> BodyReader::optional_text(std::string_view name, std::size_t low,
                                                     std::size_t high) {
  if (field(name, false) == nullptr) return std::nullopt;
  return text(name, low, high);
}

std::string BodyReader::free_text(std::string_view name, std::size_t low, std::size_t high) {
  const auto* given = field(name, true);
  if (given == nullptr) return "";
  if (!given->is_string()) {
    fail(name, "must be text");
    return "";
  }
  auto characters = given->get<std::string>();
  const auto count = vocabulary::count_characters(characters);
  if (count < low || count > high) fail(name, length_rule(low, high));
  return characters;
}

std::optional<std::string> BodyReader::optional_free_text(std::string_view name, std::size_t low,
                                                          std::size_t high) {
  if (field(name, false) == nullptr) return std::nullopt;
  return free_text(name, low, high);
}

std::int64_t BodyReader::integer(std::string_view name, std::int64_t low, std::int64_t high) {
  const auto* given = field(name, true);
  if (given == nullptr) return low;
  const auto value = given->is_number_integer() ? given->get<std::int64_t>() : low;
  if (!given->is_number_integer() || value < low || value > high) {
    fail(name, "must be an integer from " + std::to_string(low) + " to " + std::to_string(high));
    return low;
  }
  return value;
}

bool BodyReader::boolean(std::string_view name) {
  const auto* given = field(name, true);
  if (given == nullptr) return false;
  if (!given->is_boolean()) fail(name, "must be true or false");
  return given->is_boolean() && given->get<bool>();
}

void BodyReader::fail(std::string_view name, std::string detail) {
  const auto pointer = pointer_ + '/' + escape(name);
  for (const auto& error : errors_) {
    if (error.pointer == pointer) return;
  }
  errors_.push_back({pointer, "This field " + std::move(detail) + '.'});
}

std::vector<BodyReader> BodyReader::items(std::string_view name, std::size_t low,
                                          std::size_t high) {
  const auto* given = field(name, true);
  if (given == nullptr) return {};
  if (!given->is_array() || given->size() < low || given->size() > high) {
    fail(name,
         "must be an array of " + std::to_string(low) + " to " + std::to_string(high) + " objects");
    return {};
  }
  std::vector<BodyReader> readers;
  for (const auto& item : *given) {
    readers.emplace_back(item,
                         pointer_ + '/' + escape(name) + '/' + std::to_string(readers.size()));
  }
  return readers;
}

void BodyReader::take_faults(BodyReader& item) {
  item.refuse_unknown_fields();
  errors_.insert(errors_.end(), std::move_iterator(item.errors_.begin()),
                 std::move_iterator(item.errors_.end()));
}

void BodyReader::refuse_unknown_fields() {
  for (const auto& field : object_.items()) {
    if (std::find(known_.begin(), known_.end(), field.key()) == known_.end()) {
      fail(field.key(), "is not known");
    }
  }
}

void BodyReader::finish() {
  refuse_unknown_fields();
  if (errors_.empty()) return;
  if (errors_.size() > errors_max) errors_.resize(errors_max);
  throw Problem(problems::invalid_fields, std::move(errors_));
}

}  // namespace web
