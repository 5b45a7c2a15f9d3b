#include "membership/storage/rows.hpp"
#include "membership/storage/store.hpp"

namespace membership {

std::optional<std::string> Store::find_clinician(const OrganizationId& organization,
                                                 const std::string& proof_hash) {
  auto row = transaction_.row<Text>(
      "SELECT proof_hash FROM clinicians"
      " WHERE organization_id = :organization AND proof_hash = :hash",
      {{"organization", organization.text()}, {"hash", proof_hash}});
  if (!row) return std::nullopt;
  return std::get<0>(*std::move(row));
}

bool Store::add_clinician(const OrganizationId& organization, const std::string& proof_hash) {
  return transaction_.execute(
             "INSERT INTO clinicians (organization_id, proof_hash) VALUES (:organization, :hash)"
             " ON CONFLICT (organization_id, proof_hash) DO NOTHING",
             {{"organization", organization.text()}, {"hash", proof_hash}}) == 1;
}

void Store::forget_clinicians(const OrganizationId& organization) {
  transaction_.execute("DELETE FROM clinicians WHERE organization_id = :organization",
                       {{"organization", organization.text()}});
}

Store::Attempts Store::count_claim_attempt(const std::string& counted,
                                           std::chrono::milliseconds window, Timestamp now) {
  const auto row = transaction_.row<Integer, Integer>(
      "INSERT INTO claim_attempts (counted, window_started_at, attempts)"
      " VALUES (:counted, :now, 1)"
      " ON CONFLICT (counted) DO UPDATE SET"
      "  attempts = CASE WHEN claim_attempts.window_started_at <= :window_over THEN 1"
      "             ELSE claim_attempts.attempts + 1 END,"
      "  window_started_at ="
      "    CASE WHEN claim_attempts.window_started_at <= :window_over"
      "    THEN excluded.window_started_at ELSE claim_attempts.window_started_at END"
      " RETURNING attempts, window_started_at",
      {{"counted", counted},
       {"now", vocabulary::to_unix(now)},
       {"window_over", vocabulary::to_unix(now - window)}});
  const auto& [count, started_at] = row.value();
  return {.count = count, .window_over_at = vocabulary::from_unix(started_at) + window};
}

void Store::forget_claim_attempts(std::chrono::milliseconds window, Timestamp now) {
  transaction_.execute("DELETE FROM claim_attempts WHERE window_started_at <= :window_over",
                       {{"window_over", vocabulary::to_unix(now - window)}});
}

}  // namespace membership
