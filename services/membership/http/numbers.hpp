#pragma once

#include "membership/domain/clinician.hpp"
#include "membership/domain/organization.hpp"
#include "web/body.hpp"

// Fields that identify practices and clinicians. What is wrong with one is told without its value.
// As with all getters of a body, nothing may be done with the result before finish() returned.
namespace membership {

TaxpayerIdentificationNumber read_tin(web::BodyReader& body);
NationalProviderIdentifier read_npi(web::BodyReader& body);
ProviderTransactionAccessNumber read_ptan(web::BodyReader& body);

}  // namespace membership
