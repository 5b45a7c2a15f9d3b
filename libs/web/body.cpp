#include "web/body.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <nlohmann/json.hpp>
#include <simdjson.h>

namespace web {

namespace {

using nlohmann::json;
namespace dom = simdjson::dom;

constexpr std::size_t depth_max = 16;
constexpr std::size_t names_max = 256;
constexpr std::size_t kept_max = 4096;  // bytes of a body
constexpr std::size_t errors_max = 256;
constexpr std::int64_t exact_max = std::int64_t{1} << 53;

[[noreturn]] void refuse(const char* detail) {
  throw Problem(problems::malformed_request, detail);
}

void refuse_nul(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) refuse("The body holds a NUL.");
}

void refuse_inexact(bool is_exact) {
  if (!is_exact) refuse("A number in the body is beyond 2^53, where numbers lose digits.");
}

void refuse_ambiguous_names(dom::object object) {
  if (object.size() > names_max) refuse("An object in the body has too many names.");
  std::vector<std::string_view> names;
  names.reserve(object.size());
  for (const auto member : object) names.push_back(member.key);
  std::for_each(names.begin(), names.end(), refuse_nul);
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) != names.end()) {
    refuse("An object in the body has the same name twice.");
  }
}

// Refuses what is JSON but not strict JSON.
void check_strict(dom::element value, std::size_t depth_left) {
  const bool is_container = value.is_object() || value.is_array();
  if (is_container && depth_left == 0) refuse("The body is nested too deeply.");
  switch (value.type()) {
    case dom::element_type::NULL_VALUE:
    case dom::element_type::BOOL: return;
    case dom::element_type::INT64: {
      const std::int64_t integer(value);
      return refuse_inexact(integer >= -exact_max && integer <= exact_max);
    }
    case dom::element_type::UINT64: return refuse_inexact(false);  // beyond every int64
    case dom::element_type::DOUBLE:
      return refuse_inexact(std::abs(double(value)) <= static_cast<double>(exact_max));
    case dom::element_type::STRING: return refuse_nul(std::string_view(value));
    case dom::element_type::ARRAY:
      for (const dom::element item : dom::array(value)) check_strict(item, depth_left - 1);
      return;
    case dom::element_type::OBJECT:
      refuse_ambiguous_names(value);
      for (const auto member : dom::object(value)) check_strict(member.value, depth_left - 1);
      return;
  }
}

// The value lives in the parser.
dom::element parse_strict(dom::parser& parser, std::string_view text) {
  if (text.find('\0') != std::string_view::npos || text.starts_with("\xEF\xBB\xBF")) {
    refuse("The body is not strict JSON: it holds a NUL or starts with a byte order mark.");
  }
  dom::element value;
  const auto error = parser.parse(text.data(), text.size()).get(value);
  if (error == simdjson::DEPTH_ERROR) refuse("The body is nested too deeply.");
  if (error == simdjson::NUMBER_ERROR) {
    refuse("A number in the body is malformed, or beyond 2^53, where numbers lose digits.");
  }
  if (error != simdjson::SUCCESS) refuse("The body is not well-formed JSON in UTF-8.");
  check_strict(value, depth_max);
  return value;
}

json to_tree(dom::element value) {
  switch (value.type()) {
    case dom::element_type::NULL_VALUE: break;
    case dom::element_type::BOOL: return bool(value);
    case dom::element_type::INT64: return std::int64_t(value);
    case dom::element_type::UINT64: return std::uint64_t(value);
    case dom::element_type::DOUBLE: return double(value);
    case dom::element_type::STRING: return std::string_view(value);
    case dom::element_type::ARRAY: {
      json array = json::array();
      for (const dom::element item : dom::array(value)) array.push_back(to_tree(item));
      return array;
    }
    case dom::element_type::OBJECT: {
      json object = json::object();
      for (const auto member : dom::object(value)) {
        object.emplace(member.key, to_tree(member.value));
      }
      return object;
    }
  }
  return nullptr;
}

// A parser keeps its room: one that is small is kept for the next body, a thread.
class Parser {
 public:
  Parser() : parser_(spare ? std::move(spare) : std::make_unique<dom::parser>()) {}
  ~Parser() {
    if (parser_->capacity() <= kept_max) spare = std::move(parser_);
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  dom::parser& operator*() { return *parser_; }

 private:
  static thread_local std::unique_ptr<dom::parser> spare;

  std::unique_ptr<dom::parser> parser_;
};
thread_local std::unique_ptr<dom::parser> Parser::spare;

bool is_json(std::string_view content_type) {
  const auto folded = vocabulary::fold_case(content_type);
  const std::string_view type = folded;
  const auto semicolon = type.find(';');
  if (vocabulary::trim(type.substr(0, semicolon)) != "application/json") return false;
  if (semicolon == std::string_view::npos) return true;
  const auto parameter = vocabulary::trim(type.substr(semicolon + 1));
  return parameter == "charset=utf-8" || parameter == "charset=\"utf-8\"";
}

dom::object read_object(dom::parser& parser, const Request& request) {
  if (!request.body.empty()) {
    const auto* content_type = request.header("content-type");
    if (content_type == nullptr || !is_json(*content_type)) {
      throw Problem(problems::unsupported_media_type, "Send the body as application/json.");
    }
  }
  const std::string_view body = request.body;
  const auto value = parse_strict(parser, body.empty() ? "{}" : body);
  if (!value.is_object()) refuse("The body is not a JSON object.");
  return value;
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
  Parser parser;
  return to_tree(parse_strict(*parser, text));
}

struct BodyReader::Value {
  dom::element json;
};

struct BodyReader::Object {
  std::optional<Parser> parser;     // of the whole body, which lives in it
  std::optional<dom::object> json;  // none where it should have been an object
};

BodyReader::BodyReader(const Request& request) : object_(std::make_unique<Object>()) {
  object_->json = read_object(*object_->parser.emplace(), request);
}

BodyReader::BodyReader(const Value& value, std::string pointer)
    : object_(std::make_unique<Object>()), pointer_(std::move(pointer)) {
  if (value.json.is_object()) {
    object_->json = value.json;
  } else {
    errors_.push_back({pointer_, "This field must be an object."});
  }
}

BodyReader::BodyReader(BodyReader&& other) noexcept = default;
BodyReader::~BodyReader() = default;

bool BodyReader::find(std::string_view name, bool required, Value& found) {
  known_.push_back(name);
  const auto& object = object_->json;
  if (object && object->at_key(name).get(found.json) == simdjson::SUCCESS &&
      !found.json.is_null()) {
    return true;
  }
  if (required) fail(name, "is required");
  return false;
}

std::optional<std::string_view> BodyReader::string(std::string_view name) {
  Value given;
  if (!find(name, true, given)) return std::nullopt;
  std::string_view text;
  if (given.json.get(text) == simdjson::SUCCESS) return text;
  fail(name, "must be text");
  return std::nullopt;
}

std::string BodyReader::text(std::string_view name, std::size_t low, std::size_t high) {
  auto given = free_text(name, low, high);
  if (vocabulary::has_control_characters(given)) fail(name, "has control characters");
  return given;
}

std::optional<std::string> BodyReader::optional_text(std::string_view name, std::size_t low,
                                                     std::size_t high) {
  if (Value given; !find(name, false, given)) return std::nullopt;
  return text(name, low, high);
}

std::string BodyReader::free_text(std::string_view name, std::size_t low, std::size_t high) {
  const auto given = string(name);
  if (!given) return "";
  const auto count = vocabulary::count_characters(*given);
  if (count < low || count > high) fail(name, length_rule(low, high));
  return std::string(*given);
}

std::optional<std::string> BodyReader::optional_free_text(std::string_view name, std::size_t low,
                                                          std::size_t high) {
  if (Value given; !find(name, false, given)) return std::nullopt;
  return free_text(name, low, high);
}

std::int64_t BodyReader::integer(std::string_view name, std::int64_t low, std::int64_t high) {
  Value given;
  if (!find(name, true, given)) return low;
  std::int64_t value = 0;
  if (given.json.get(value) != simdjson::SUCCESS || value < low || value > high) {
    fail(name, "must be an integer from " + std::to_string(low) + " to " + std::to_string(high));
    return low;
  }
  return value;
}

bool BodyReader::boolean(std::string_view name) {
  Value given;
  if (!find(name, true, given)) return false;
  bool value = false;
  if (given.json.get(value) != simdjson::SUCCESS) fail(name, "must be true or false");
  return value;
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
  Value given;
  if (!find(name, true, given)) return {};
  dom::array values;
  if (given.json.get(values) != simdjson::SUCCESS || values.size() < low || values.size() > high) {
    fail(name,
         "must be an array of " + std::to_string(low) + " to " + std::to_string(high) + " objects");
    return {};
  }
  std::vector<BodyReader> readers;
  readers.reserve(values.size());
  for (const dom::element value : values) {
    readers.push_back(
        BodyReader({value}, pointer_ + '/' + escape(name) + '/' + std::to_string(readers.size())));
  }
  return readers;
}

void BodyReader::take_faults(BodyReader& item) {
  item.refuse_unknown_fields();
  errors_.insert(errors_.end(), std::move_iterator(item.errors_.begin()),
                 std::move_iterator(item.errors_.end()));
}

void BodyReader::refuse_unknown_fields() {
  if (!object_->json) return;
  for (const auto member : *object_->json) {
    if (std::find(known_.begin(), known_.end(), member.key) == known_.end()) {
      fail(member.key, "is not known");
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
