#include "membership/http/numbers.hpp"

namespace membership {

namespace {

constexpr std::size_t characters_max = 64;

template <class Number>
Number read_number(web::BodyReader& body, const char* name, const char* fault,
                   const char* harmless) {
  auto number = Number::parse(body.text(name, 1, characters_max));
  if (!number) body.fail(name, fault);
  return number ? *std::move(number) : Number::parse(harmless).value();
}

}  // namespace

TaxpayerIdentificationNumber read_tin(web::BodyReader& body) {
  return read_number<TaxpayerIdentificationNumber>(body, "taxpayerIdentificationNumber",
                                                   "must have nine digits", "000000000");
}

NationalProviderIdentifier read_npi(web::BodyReader& body) {
  return read_number<NationalProviderIdentifier>(body, "nationalProviderIdentifier",
                                                 "must have ten digits with their check digit",
                                                 "0000000006");
}

ProviderTransactionAccessNumber read_ptan(web::BodyReader& body) {
  return read_number<ProviderTransactionAccessNumber>(
      body, "providerTransactionAccessNumber", "must have 4 to 16 letters and digits", "0000");
}

}  // namespace membership
