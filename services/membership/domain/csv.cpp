#include "membership/domain/csv.hpp"

#include <algorithm>
#include <utility>

namespace membership {

namespace {

/// The byte that is not part of valid UTF-8 (or is NUL), or npos.
std::size_t find_invalid_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned lead = byte(i);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead == 0 || (lead >= 0x80 && lead < 0xC2) || lead > 0xF4) return i;
    if (i + length > text.size()) return i;
    for (std::size_t j = 1; j < length; ++j) {
      if ((byte(i + j) & 0xC0) != 0x80) return i;
    }
    const unsigned second = length > 1 ? byte(i + 1) : 0;
    const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    const bool surrogate = lead == 0xED && second > 0x9F;
    const bool beyond_unicode = lead == 0xF4 && second > 0x8F;
    if (overlong || surrogate || beyond_unicode) return i;
    i += length;
  }
  return std::string_view::npos;
}

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {}

  CsvFile read() {
    CsvFile file;
    if (text_.starts_with("\xEF\xBB\xBF")) {
      return {{}, FileError{1, "", "starts with a byte order mark"}};
    }
    const auto invalid = find_invalid_utf8(text_);
    if (invalid != std::string_view::npos) {
      const auto line =
          1 + std::count(text_.begin(), text_.begin() + std::ptrdiff_t(invalid), '\n');
      return {{}, FileError{static_cast<std::size_t>(line), "", "is not valid UTF-8 text"}};
    }
    while (at_ < text_.size() && !broken_) {
      CsvRecord record = read_record();
      if (!broken_) file.records.push_back(std::move(record));
    }
    file.broken = broken_;
    return file;
  }

 private:
  CsvRecord read_record() {
    CsvRecord record{line_, {}};
    do {
      record.fields.push_back(next_is('"') ? read_quoted() : read_plain());
    } while (!broken_ && take(','));
    if (!broken_ && !take_line_end()) fail("has text behind a closing quote");
    return record;
  }

  std::string read_plain() {
    const std::size_t begin = at_;
    at_ = std::min(text_.find_first_of(",\"\r\n", at_), text_.size());
    if (next_is('"')) fail("has a quote inside a field that does not start with one");
    if (next_is('\r') && !text_.substr(at_).starts_with("\r\n")) fail("has a bare carriage return");
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string read_quoted() {
    const std::size_t opened_in_line = line_;
    std::string field;
    ++at_;
    while (at_ < text_.size()) {
      const char character = text_[at_++];
      if (character == '"' && !take('"')) return field;
      if (character == '\n') ++line_;
      field += character;
    }
    broken_ = FileError{opened_in_line, "", "opens a quote that is never closed"};
    return field;
  }

  bool next_is(char character) const { return at_ < text_.size() && text_[at_] == character; }

  bool take(char character) {
    if (!next_is(character)) return false;
    ++at_;
    return true;
  }

  bool take_line_end() {
    if (at_ == text_.size()) return true;
    if (text_.substr(at_).starts_with("\r\n")) ++at_;
    if (!take('\n')) return false;
    ++line_;
    return true;
  }

  void fail(const char* why) { broken_ = FileError{line_, "", why}; }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::optional<FileError> broken_;
};

}  // namespace

std::string to_text(const FileError& error) {
  std::string text = "line " + std::to_string(error.line);
  if (!error.column.empty()) text += ", column " + error.column;
  return text + ": " + error.why;
}

CsvFile parse_csv(std::string_view text) {
  return CsvReader(text).read();
}

}  // namespace membership
