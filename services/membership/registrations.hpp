#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "membership/domain/details.hpp"
#include "membership/domain/registration_window_file.hpp"
#include "membership/refused.hpp"
#include "membership/storage/store.hpp"

namespace membership {

/// Puts the registrations of the present performance year on the cards of `viewer`.
void show_registrations(Store& store, std::vector<OrganizationCard>& cards, const AccountId& viewer,
                        Timestamp now);
/// On one card.
void show_registrations(Store& store, OrganizationCard& card, Timestamp now);

/// The organization's registrations of a performance year, one for each program; for its members.
Outcome<std::vector<RegistrationView>> list_registrations(Store& store, const OrganizationId& id,
                                                          const AccountId& viewer,
                                                          std::int64_t performance_year,
                                                          Timestamp now);

struct RegistrationChange {
  RegistrationAction action;
  OrganizationId organization;
  Program program;
  std::int64_t performance_year;
  AccountId changed_by;
};
/// Registers, or cancels a registration. What is so already is returned as it is.
Outcome<RegistrationView> change_registration(Store& store, const Act& act,
                                              const RegistrationChange& wanted,
                                              std::optional<std::int64_t> expected_version);

/// Brings in every line; how many of them changed something.
std::int64_t import_registration_windows(Store& store, const Act& act,
                                         const std::vector<RegistrationWindowLine>& lines);

}  // namespace membership
