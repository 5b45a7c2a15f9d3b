#pragma once

#include <optional>
#include <string>

#include "membership/settings.hpp"

// What operators run on the audit. Each reads one snapshot, also while the service runs, prints
// what is good to stdout and what is bad to stderr, and returns the exit status.
namespace membership {

int verify_audit(const Settings& settings);
int write_audit_checkpoint(const Settings& settings, const std::string& path);
int replay_audit(const Settings& settings);
int export_audit(const Settings& settings);

}  // namespace membership
