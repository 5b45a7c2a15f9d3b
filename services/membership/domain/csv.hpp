#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace membership {

struct CsvRecord {
  std::size_t line;  // where it starts; the first line is 1
  std::vector<std::string> fields;

  bool operator==(const CsvRecord&) const = default;
};

/// What is wrong with a file: "line 3, column name: is missing".
struct FileError {
  std::size_t line;
  std::string column;  // empty: the line as a whole
  std::string why;

  bool operator==(const FileError&) const = default;
};

std::string to_text(const FileError& error);

struct CsvFile {
  std::vector<CsvRecord> records;
  std::optional<FileError> broken;  // nothing behind this place was read
};

/// RFC 4180: comma, double quotes, lines that end in CRLF or LF. Quotes stand only around a whole
/// field; the text is UTF-8 without a byte order mark and without NUL.
CsvFile parse_csv(std::string_view text);

}  // namespace membership
