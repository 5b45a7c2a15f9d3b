#include "membership/domain/clinician.hpp"

#include <algorithm>

namespace membership {

namespace {

std::string without_separators(std::string_view text) {
  std::string rest;
  std::copy_if(text.begin(), text.end(), std::back_inserter(rest),
               [](char c) { return c != ' ' && c != '-'; });
  return rest;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Luhn's, with the prefix 80840 that stands before every NPI.
bool has_check_digit(std::string_view digits) {
  int sum = 24;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const int digit = digits[i] - '0';
    const int weighted = i % 2 == 0 ? 2 * digit : digit;
    sum += weighted / 10 + weighted % 10;
  }
  return sum % 10 == 0;
}

}  // namespace

std::optional<NationalProviderIdentifier> NationalProviderIdentifier::parse(std::string_view text) {
  auto digits = without_separators(text);
  if (digits.size() != 10 || !std::all_of(digits.begin(), digits.end(), is_digit) ||
      !has_check_digit(digits)) {
    return std::nullopt;
  }
  return NationalProviderIdentifier(std::move(digits));
}

std::optional<ProviderTransactionAccessNumber> ProviderTransactionAccessNumber::parse(
    std::string_view text) {
  auto number = without_separators(text);
  for (char& c : number) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (!is_digit(c) && (c < 'A' || c > 'Z')) return std::nullopt;
  }
  if (number.size() < 4 || number.size() > 16) return std::nullopt;
  return ProviderTransactionAccessNumber(std::move(number));
}

}  // namespace membership
