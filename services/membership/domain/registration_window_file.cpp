#include "membership/domain/registration_window_file.hpp"

#include <charconv>
#include <set>
#include <string>
#include <utility>

#include "membership/domain/organization_file.hpp"

namespace membership {

namespace {

enum Column : std::size_t { program, year, opens_at, closes_at, clinicians_min, column_count };

constexpr const char* column_names[column_count] = {"program", "performanceYear", "opensAt",
                                                    "closesAt", "minimumClinicianCount"};
constexpr std::int64_t clinicians_max = 1'000'000;

class LineReader {
 public:
  LineReader(const CsvRecord& record, std::vector<FileError>& errors)
      : record_(record), errors_(errors) {}

  std::optional<RegistrationWindowLine> read() {
    if (record_.fields.size() != column_count) {
      errors_.push_back({record_.line, "", "has not exactly five fields"});
      return std::nullopt;
    }
    const std::size_t errors_before = errors_.size();
    const auto read_program = parse_program(field(program));
    if (!read_program) fail(program, "is not cmsWebInterface or cahpsForMipsSurvey");
    const auto read_year = number(year, performance_year_min, performance_year_max);
    const auto opens = vocabulary::parse_timestamp(field(opens_at));
    if (!opens) fail(opens_at, "is not an instant such as 2026-04-01T14:00:00.000Z");
    const auto closes = vocabulary::parse_timestamp(field(closes_at));
    if (!closes) fail(closes_at, "is not an instant such as 2026-07-01T00:00:00.000Z");
    if (opens && closes && *opens >= *closes) fail(closes_at, "is not behind opensAt");
    const auto clinicians = number(clinicians_min, 1, clinicians_max);
    if (errors_.size() > errors_before) return std::nullopt;
    return RegistrationWindowLine{*read_program, *read_year, {*opens, *closes, *clinicians}};
  }

 private:
  const std::string& field(Column column) const { return record_.fields[column]; }
  void fail(Column column, std::string why) {
    errors_.push_back({record_.line, column_names[column], std::move(why)});
  }
  std::optional<std::int64_t> number(Column column, std::int64_t low, std::int64_t high) {
    const std::string& text = field(column);
    std::int64_t value = 0;
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc{} && stopped == text.data() + text.size() && value >= low &&
        value <= high) {
      return value;
    }
    fail(column, "is not a number from " + std::to_string(low) + " to " + std::to_string(high));
    return std::nullopt;
  }

  const CsvRecord& record_;
  std::vector<FileError>& errors_;
};

}  // namespace

vocabulary::Result<std::vector<RegistrationWindowLine>, std::vector<FileError>>
parse_registration_window_file(std::string_view text) {
  const CsvFile file = parse_csv(text);
  if (file.broken && file.records.empty()) return std::vector{*file.broken};
  const std::vector<std::string> header(std::begin(column_names), std::end(column_names));
  if (file.records.empty() || file.records[0].fields != header) {
    return std::vector{
        FileError{1, "", "is not the header " + std::string(registration_window_file_header)}};
  }
  std::vector<FileError> errors;
  std::vector<RegistrationWindowLine> lines;
  std::set<std::pair<Program, std::int64_t>> seen;
  for (std::size_t i = 1; i < file.records.size() && errors.size() < file_errors_max; ++i) {
    const CsvRecord& record = file.records[i];
    const auto line = LineReader(record, errors).read();
    if (!line) continue;
    if (!seen.emplace(line->program, line->performance_year).second) {
      errors.push_back({record.line, "", "is about the same program and year as an earlier line"});
    }
    lines.push_back(*line);
  }
  if (file.broken) errors.push_back(*file.broken);
  if (!errors.empty()) return errors;
  return lines;
}

}  // namespace membership
