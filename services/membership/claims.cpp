#include "membership/claims.hpp"

#include <algorithm>
#include <map>

#include "auth/encoding.hpp"
#include "events/event.hpp"
#include "membership/domain/organization_file.hpp"
#include "membership/memberships.hpp"
#include "membership/reminders.hpp"
#include "membership/role_requests.hpp"

namespace membership {

namespace {

// One hash of all three: numbers of two clinicians, or of two practices, do not combine.
std::string proof_hash(const std::string& key, const OrganizationId& organization,
                       const NationalProviderIdentifier& npi,
                       const ProviderTransactionAccessNumber& ptan) {
  return auth::to_base64url(
      auth::hmac_sha256(key, organization.text() + '\n' + npi.text() + '\n' + ptan.text()));
}

// Does the same work whatever is wrong. The index compares keyed hashes, whose bytes nobody
// outside can steer.
bool proves(Store& store, const Organization& organization, const ProofOfPractice& proof,
            const std::string& key) {
  if (key.empty()) return false;
  const std::string hash = proof_hash(key, organization.id, proof.npi, proof.ptan);
  const bool is_practice = organization.type == OrganizationType::practice;
  const bool has_tin = auth::equal_in_constant_time(organization.tin.text(), proof.tin.text());
  const bool has_clinician = auth::equal_in_constant_time(
      store.find_clinician(organization.id, hash).value_or(std::string(hash.size(), ' ')), hash);
  return is_practice && has_tin && has_clinician;
}

std::optional<Refused> count_attempt(Store& store, const AccountId& claimant,
                                     const OrganizationId& organization, const ClaimRules& rules,
                                     Timestamp now) {
  const auto by_account =
      store.count_claim_attempt("account:" + claimant.text(), rules.attempts_window, now);
  const auto there =
      store.count_claim_attempt("organization:" + organization.text(), rules.attempts_window, now);
  Refused refused{.refusal = Refusal::too_many_claims, .organization = organization};
  if (by_account.count > rules.account_attempts_max) refused.retry_at = by_account.window_over_at;
  if (there.count > rules.organization_attempts_max) {
    refused.retry_at = std::max(refused.retry_at.value_or(now), there.window_over_at);
  }
  if (!refused.retry_at) return std::nullopt;
  return refused;
}

// A request for Security Official that pends already goes on; one for Staff User makes place.
void ask_service_center(Store& store, const Act& act, const AccountId& claimant,
                        const OrganizationId& organization, std::chrono::milliseconds lifetime) {
  const auto pending = store.find_pending(claimant, organization);
  if (pending && pending->request.role == Role::security_official &&
      status_at(pending->request, act.at) == RoleRequestStatus::pending) {
    return;
  }
  supersede_role_request(store, act, claimant, organization);
  const auto asked =
      create_role_request(store, act, claimant, organization, Role::security_official, lifetime);
  if (!asked) throw std::logic_error("a claim could not become a role request");
}

}  // namespace

Outcome<std::optional<MembershipDetails>> claim_organization(Store& store, const Act& act,
                                                             const AccountId& claimant,
                                                             const OrganizationId& id,
                                                             const ProofOfPractice& proof,
                                                             const ClaimRules& rules) {
  if (!store.is_known(claimant)) return Refused{Refusal::account_not_known_yet};
  if (!store.lock_organization(id)) return Refused{Refusal::not_found};
  if (const auto refused = count_attempt(store, claimant, id, rules, act.at)) return *refused;
  const Organization organization = store.find_organization(id).value();
  if (organization.security_official_count > 0) {
    return Refused{Refusal::has_security_official, id};
  }
  if (!proves(store, organization, proof, rules.proof_key)) {
    store.record(act, {.organization = id, .subject = claimant.text(), .outcome = "notProven"});
    ask_service_center(store, act, claimant, id, rules.role_request_lifetime);
    return std::optional<MembershipDetails>();
  }
  auto membership = appoint_security_official(store, act, claimant, id, std::nullopt, std::nullopt);
  follow_security_officials(store, act, id);
  return std::optional(std::move(membership));
}

void record_refused_claim(Store& store, const Act& act, const AccountId& claimant,
                          const OrganizationId& id, const Refused& refused,
                          std::string_view outcome, const ClaimRules& rules) {
  // A throttled attempt does not prolong the wait.
  if (refused.refusal != Refusal::too_many_claims)
    count_attempt(store, claimant, id, rules, act.at);
  store.record(act,
               {.organization = refused.organization, .subject = id.text(), .outcome = outcome});
}

vocabulary::Result<ClinicianCounts, std::vector<FileError>> import_clinicians(
    Store& store, const Act& act, const std::vector<ClinicianLine>& lines,
    const std::string& proof_key) {
  std::map<std::string, std::optional<OrganizationId>> practices;  // by TIN
  std::vector<FileError> errors;
  ClinicianCounts counts;
  for (const ClinicianLine& line : lines) {
    const auto& tin = line.proof.tin.text();
    auto [practice, is_new] = practices.try_emplace(tin);
    if (is_new) {
      const auto found = store.find_organization(OrganizationType::practice, tin);
      if (found && store.lock_organization(found->id)) {
        practice->second = found->id;
        store.forget_clinicians(found->id);
        store.record(act, {.organization = found->id,
                           .subject = found->id.text(),
                           .outcome = "cliniciansReplaced"});
        ++counts.practices;
      }
    }
    if (!practice->second) {
      if (errors.size() < file_errors_max) errors.push_back(unknown_practice(line));
      continue;
    }
    counts.clinicians += store.add_clinician(
        *practice->second,
        proof_hash(proof_key, *practice->second, line.proof.npi, line.proof.ptan));
  }
  if (!errors.empty()) return errors;
  return counts;
}

}  // namespace membership
