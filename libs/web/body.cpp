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
constexpr std::int64_t exact_max = std::int64_t{1} << 53;

[[noreturn]] void refuse(const char* detail) {
  throw Problem(problems::malformed_request, detail);
}

// Builds the value of a text, and refuses what is JSON but not strict JSON. Throwing stops the
// parser.
class StrictTree final : public json::json_sax_t {
 public:
  json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(std::int64_t value) override {
    return add_number(value >= -exact_max, value);
  }
  bool number_unsigned(std::uint64_t value) override {
    return add_number(value <= exact_max, value);
  }
  bool number_float(double value, const std::string&) override {
    return add_number(std::abs(value) <= static_cast<double>(exact_max), value);
  }
  bool string(std::string& value) override {
    refuse_nul(value);
    return add(std::move(value));
  }
  bool binary(json::binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(json::object()); }
  bool key(std::string& name) override {
    refuse_nul(name);
    json& object = *open_.back();
    if (object.size() == names_max) refuse("An object in the body has too many names.");
    const auto [member, is_new] = object.emplace(std::move(name), nullptr);
    if (!is_new) refuse("An object in the body has the same name twice.");
    member_ = &*member;
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_array() override { return close(); }

  bool parse_error(std::size_t, const std::string&, const json::exception&) override {
    refuse("The body is not well-formed JSON in UTF-8.");
  }

 private:
  static void refuse_nul(const std::string& text) {
    if (text.find('\0') != std::string::npos) refuse("The body holds a NUL.");
  }

  bool add_number(bool is_exact, json value) {
    if (!is_exact) refuse("A number in the body is beyond 2^53, where numbers lose digits.");
    return add(std::move(value));
  }

  bool add(json value) {
    put(std::move(value));
    return true;
  }

  bool open(json container) {
    if (open_.size() == depth_max) refuse("The body is nested too deeply.");
    open_.push_back(&put(std::move(container)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  json& put(json value) {
    if (open_.empty()) return root_ = std::move(value);
    if (open_.back()->is_array()) return open_.back()->emplace_back(std::move(value));
    return *member_ = std::move(value);
  }

  json root_;
  std::vector<json*> open_;  // what is inside may not move: only the innermost grows
  json* member_ = nullptr;   // whose value comes next
};

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
  StrictTree tree;
  json::sax_parse(text.begin(), text.end(), &tree);
  return tree.take();
}

BodyReader::BodyReader(const Request& request) : object_(read_object(request)) {}

BodyReader::BodyReader(json object, std::string pointer)
    : object_(std::move(object)), pointer_(std::move(pointer)) {
  if (object_.is_object()) return;
  errors_.push_back({pointer_, "This field must be an object."});
  object_ = json::object();
}

json* BodyReader::field(std::string_view name, bool required) {
  known_.push_back(name);
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
  auto* given = field(name, true);
  if (given == nullptr) return {};
  if (!given->is_array() || given->size() < low || given->size() > high) {
    fail(name,
         "must be an array of " + std::to_string(low) + " to " + std::to_string(high) + " objects");
    return {};
  }
  std::vector<BodyReader> readers;
  readers.reserve(given->size());
  for (auto& item : *given) {
    readers.emplace_back(std::move(item),
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
