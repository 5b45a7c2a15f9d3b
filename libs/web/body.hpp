#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "vocabulary/text.hpp"
#include "web/request.hpp"

namespace web {

/// Strict JSON: valid UTF-8, no duplicate names, NUL, BOM, number beyond 2^53 or text behind the
/// value; at most 16 levels. Throws malformed_request.
nlohmann::json parse_json(std::string_view text);

/// Reads a JSON object field by field and collects what is wrong with each, by pointer. A getter
/// whose field is wrong returns a harmless value; nothing may be done with it before finish()
/// returned. Names are literals. The items of an array are read once.
class BodyReader {
 public:
  /// The body of a request. Throws unsupported_media_type unless Content-Type is application/json
  /// (charset utf-8 or none), and malformed_request unless it is a strict JSON object.
  /// A request without a body reads as {}.
  explicit BodyReader(const Request& request);
  /// An object inside another body, at `pointer`.
  BodyReader(nlohmann::json object, std::string pointer);

  /// Text of `low` to `high` characters without control characters.
  std::string text(std::string_view name, std::size_t low, std::size_t high);
  /// The same; nullopt when absent or null.
  std::optional<std::string> optional_text(std::string_view name, std::size_t low,
                                           std::size_t high);
  /// Text with any characters but NUL: passwords, reasons with line breaks.
  std::string free_text(std::string_view name, std::size_t low, std::size_t high);
  std::optional<std::string> optional_free_text(std::string_view name, std::size_t low,
                                                std::size_t high);
  std::int64_t integer(std::string_view name, std::int64_t low, std::int64_t high);
  bool boolean(std::string_view name);

  /// An enumeration value, by the domain's own parse function.
  template <class Value>
  Value choice(std::string_view name, std::optional<Value> (*parse)(std::string_view text)) {
    const auto parsed = parse(text(name, 1, 100));
    if (!parsed) fail(name, "is not one of the allowed values");
    return parsed.value_or(Value{});
  }

  template <class Id>
  Id id(std::string_view name) {
    auto parsed = Id::parse(text(name, 1, 100));
    if (!parsed) fail(name, "is not an id");
    return parsed ? *std::move(parsed) : Id::generate();
  }

  /// An array of `low` to `high` objects: what `read` makes of the reader of each. Their faults are
  /// this reader's, with pointers such as /name/0/field; `read` does not finish() them.
  template <class Read>
  auto objects(std::string_view name, std::size_t low, std::size_t high, Read&& read) {
    std::vector<decltype(read(std::declval<BodyReader&>()))> values;
    for (BodyReader& item : items(name, low, high)) {
      values.push_back(read(item));
      take_faults(item);
    }
    return values;
  }

  /// Notes that `name` is wrong, once per name. `detail` completes "This field …".
  void fail(std::string_view name, std::string detail);
  /// Throws invalid_fields when anything was wrong, or a field was sent that nobody asked for.
  void finish();

 private:
  nlohmann::json* field(std::string_view name, bool required);
  std::vector<BodyReader> items(std::string_view name, std::size_t low, std::size_t high);
  void take_faults(BodyReader& item);
  void refuse_unknown_fields();

  nlohmann::json object_;
  std::string pointer_;
  std::vector<std::string_view> known_;
  std::vector<FieldError> errors_;
};

}  // namespace web
