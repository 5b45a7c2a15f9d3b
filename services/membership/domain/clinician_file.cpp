#include "membership/domain/clinician_file.hpp"

#include <iterator>

#include "membership/domain/organization_file.hpp"

namespace membership {

namespace {

enum Column : std::size_t { tin, npi, ptan, column_count };

constexpr const char* column_names[column_count] = {"taxpayerIdentificationNumber",
                                                    "nationalProviderIdentifier",
                                                    "providerTransactionAccessNumber"};

void read_line(const CsvRecord& record, std::vector<ClinicianLine>& lines,
               std::vector<FileError>& errors) {
  if (record.fields.size() != column_count) {
    errors.push_back({record.line, "",
                      "has " + std::to_string(record.fields.size()) + " fields instead of " +
                          std::to_string(column_count)});
    return;
  }
  const auto fail = [&](Column column, const char* why) {
    errors.push_back({record.line, column_names[column], why});
  };
  auto read_tin = TaxpayerIdentificationNumber::parse(record.fields[tin]);
  if (!read_tin) fail(tin, "is not nine digits");
  auto read_npi = NationalProviderIdentifier::parse(record.fields[npi]);
  if (!read_npi) fail(npi, "is not ten digits with their check digit");
  auto read_ptan = ProviderTransactionAccessNumber::parse(record.fields[ptan]);
  if (!read_ptan) fail(ptan, "is not 4 to 16 letters and digits");
  if (read_tin && read_npi && read_ptan) {
    lines.push_back(
        {record.line, {*std::move(read_tin), *std::move(read_npi), *std::move(read_ptan)}});
  }
}

}  // namespace

vocabulary::Result<std::vector<ClinicianLine>, std::vector<FileError>> parse_clinician_file(
    std::string_view text) {
  const CsvFile file = parse_csv(text);
  if (file.records.empty() && file.broken) return std::vector{*file.broken};
  const std::vector<std::string> header(std::begin(column_names), std::end(column_names));
  if (file.records.empty() || file.records[0].fields != header) {
    return std::vector{FileError{1, "", "is not the header " + std::string(clinician_file_header)}};
  }
  std::vector<ClinicianLine> lines;
  std::vector<FileError> errors;
  for (std::size_t i = 1; i < file.records.size() && errors.size() < file_errors_max; ++i) {
    read_line(file.records[i], lines, errors);
  }
  if (file.broken) errors.push_back(*file.broken);
  if (errors.size() > file_errors_max) errors.resize(file_errors_max, errors.front());
  if (!errors.empty()) return errors;
  return lines;
}

FileError unknown_practice(const ClinicianLine& line) {
  return {line.line, column_names[tin], "is of no practice known here"};
}

}  // namespace membership
