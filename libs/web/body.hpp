#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "vocabulary/text.hpp"
#include "web/request.hpp"

namespace web {

/// Strict JSON: valid UTF-8, no duplicate names, NUL, BOM, number beyond 2^53 or text behind the
/// value; at most 16 levels. Throws malformed_request.
nlohmann::json parse_json(std::string_view text);

/// Reads a JSON object field by field and collects what is wrong with each, by pointer. A getter
/// whose field is wrong returns a harmless value; nothing may be done with it before finish()
/// returned. Names are literals.
class BodyReader {
 public:
  /// The body of a request. Throws unsupported_media_type unless Content-Type is application/json
  /// (charset utf-8 or none), and malformed_request unless it is a strict JSON object.
  /// A request without a body reads as {}.
  explicit BodyReader(const Request& request);
  BodyReader(BodyReader&& other) noexcept;
  ~BodyReader();

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
    const auto given = string(name);
    auto parsed = given ? Id::parse(*given) : std::nullopt;
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
  struct Object;
  struct Value;

  // What is inside another body, at `pointer`; read while that is there.
  BodyReader(const Value& value, std::string pointer);

  bool find(std::string_view name, bool required, Value& found);
  std::optional<std::string_view> string(std::string_view name);
  std::vector<BodyReader> items(std::string_view name, std::size_t low, std::size_t high);
  void take_faults(BodyReader& item);
  void refuse_unknown_fields();

  std::unique_ptr<Object> object_;
  std::string pointer_;
  std::vector<std::string_view> known_;
  std::vector<FieldError> errors_;
};

}  // namespace web
