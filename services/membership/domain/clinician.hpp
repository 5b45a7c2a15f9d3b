#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "membership/domain/organization.hpp"

namespace membership {

/// Ten digits, the last of them the check digit that CMS defines. People write spaces and hyphens
/// into it: these do not count.
class NationalProviderIdentifier {
 public:
  static std::optional<NationalProviderIdentifier> parse(std::string_view text);

  const std::string& text() const { return text_; }

  friend bool operator==(const NationalProviderIdentifier&,
                         const NationalProviderIdentifier&) = default;

 private:
  explicit NationalProviderIdentifier(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

/// 4 to 16 letters and digits, in upper case here. Spaces and hyphens do not count.
class ProviderTransactionAccessNumber {
 public:
  static std::optional<ProviderTransactionAccessNumber> parse(std::string_view text);

  const std::string& text() const { return text_; }

  friend bool operator==(const ProviderTransactionAccessNumber&,
                         const ProviderTransactionAccessNumber&) = default;

 private:
  explicit ProviderTransactionAccessNumber(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

/// What shows that a person belongs to a practice: its TIN, and one of its clinicians by two
/// numbers. Never logged, audited or stored but as a keyed hash.
struct ProofOfPractice {
  TaxpayerIdentificationNumber tin;
  NationalProviderIdentifier npi;
  ProviderTransactionAccessNumber ptan;

  bool operator==(const ProofOfPractice&) const = default;
};

}  // namespace membership
