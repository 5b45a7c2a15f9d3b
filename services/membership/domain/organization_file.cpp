#include "membership/domain/organization_file.hpp"

#include <charconv>
#include <map>
#include <utility>

#include "vocabulary/text.hpp"

namespace membership {

namespace {

enum Column : std::size_t {
  type,
  identifier,
  name,
  tin,
  address,
  security_official,
  clinicians,
  column_count
};

constexpr const char* column_names[column_count] = {"type",          "identifier",
                                                    "name",          "taxpayerIdentificationNumber",
                                                    "address",       "securityOfficialAccountId",
                                                    "clinicianCount"};

constexpr std::size_t name_characters_max = 200;
constexpr std::size_t address_characters_max = 500;
constexpr std::int64_t clinicians_max = 1'000'000;

/// What is wrong with a text that people read, or nullptr.
const char* fault_of_text(std::string_view text, std::size_t characters_max) {
  if (text.empty()) return "is missing";
  if (vocabulary::count_characters(text) > characters_max) return "is too long";
  if (vocabulary::has_control_characters(text)) return "has control characters";
  if (vocabulary::trim(text) != text) return "starts or ends with white space";
  return nullptr;
}

std::optional<std::int64_t> parse_count(std::string_view text) {
  std::int64_t count = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool whole = error == std::errc{} && stopped == text.data() + text.size();
  if (!whole || count < 0 || count > clinicians_max) return std::nullopt;
  return count;
}

class LineReader {
 public:
  /// `columns` is their number in the header.
  LineReader(const CsvRecord& record, std::size_t columns, std::vector<FileError>& errors)
      : record_(record), columns_(columns), errors_(errors) {}

  std::optional<OrganizationLine> read() {
    if (record_.fields.size() != columns_) {
      errors_.push_back({record_.line, "",
                         "has " + std::to_string(record_.fields.size()) + " fields instead of " +
                             std::to_string(columns_)});
      return std::nullopt;
    }
    const std::size_t errors_before = errors_.size();
    const auto read_type = parse_organization_type(field(type));
    if (!read_type) fail(type, "is not practice, apmEntity, virtualGroup or registry");
    if (read_type && !is_identifier(*read_type, field(identifier))) {
      fail(identifier, "is not an identifier of this type");
    }
    if (const char* fault = fault_of_text(field(name), name_characters_max)) fail(name, fault);
    auto read_tin = TaxpayerIdentificationNumber::parse(field(tin));
    if (!read_tin) fail(tin, "is not nine digits");
    if (read_type == OrganizationType::practice && field(tin) != field(identifier)) {
      fail(tin, "differs from the identifier of the practice");
    }
    if (const char* fault = fault_of_text(field(address), address_characters_max)) {
      fail(address, fault);
    }
    std::optional<AccountId> official;
    if (!field(security_official).empty()) {
      official = AccountId::parse(field(security_official));
      if (!official) fail(security_official, "is not an account id");
    }
    std::optional<std::int64_t> clinician_count;
    if (columns_ > clinicians && !field(clinicians).empty()) {
      clinician_count = parse_count(field(clinicians));
      if (!clinician_count) fail(clinicians, "is not a number from 0 to 1000000");
    }

    if (errors_.size() > errors_before) return std::nullopt;
    return OrganizationLine{*read_type,           field(identifier), field(name),
                            *std::move(read_tin), field(address),    std::move(official),
                            clinician_count};
  }

 private:
  const std::string& field(Column column) const { return record_.fields[column]; }
  void fail(Column column, const char* why) {
    errors_.push_back({record_.line, column_names[column], why});
  }

  const CsvRecord& record_;
  std::size_t columns_;
  std::vector<FileError>& errors_;
};

void check_agreement(const OrganizationLine& first, std::size_t first_line,
                     const OrganizationLine& again, std::size_t line,
                     std::vector<FileError>& errors) {
  const std::string why = "differs from line " + std::to_string(first_line);
  if (first.name != again.name) errors.push_back({line, column_names[name], why});
  if (first.tin != again.tin) errors.push_back({line, column_names[tin], why});
  if (first.address != again.address) errors.push_back({line, column_names[address], why});
  if (first.clinician_count != again.clinician_count) {
    errors.push_back({line, column_names[clinicians], why});
  }
}

}  // namespace

vocabulary::Result<std::vector<OrganizationLine>, std::vector<FileError>> parse_organization_file(
    std::string_view text) {
  const CsvFile file = parse_csv(text);
  std::vector<FileError> errors;
  std::vector<OrganizationLine> lines;
  // Where each organization stands first: index into `lines`, and line of the file.
  std::map<std::pair<OrganizationType, std::string>, std::pair<std::size_t, std::size_t>> seen;

  const std::vector<std::string> full_header(std::begin(column_names), std::end(column_names));
  const std::vector<std::string> header(full_header.begin(), full_header.begin() + clinicians);
  if (file.records.empty() && file.broken) return std::vector{*file.broken};
  if (file.records.empty() ||
      (file.records[0].fields != header && file.records[0].fields != full_header)) {
    return std::vector{
        FileError{1, "", "is not the header " + std::string(organization_file_header)}};
  }
  for (std::size_t i = 1; i < file.records.size() && errors.size() < file_errors_max; ++i) {
    const CsvRecord& record = file.records[i];
    auto line = LineReader(record, file.records[0].fields.size(), errors).read();
    if (!line) continue;
    const auto [first, is_new] =
        seen.try_emplace({line->type, line->identifier}, lines.size(), record.line);
    if (!is_new) {
      const auto [index, first_line] = first->second;
      check_agreement(lines[index], first_line, *line, record.line, errors);
    }
    lines.push_back(*std::move(line));
  }
  if (file.broken) errors.push_back(*file.broken);
  if (errors.size() > file_errors_max) errors.resize(file_errors_max, errors.front());
  if (!errors.empty()) return errors;
  return lines;
}

}  // namespace membership
