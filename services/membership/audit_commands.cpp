#include "membership/audit_commands.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include <fcntl.h>
#include <unistd.h>

#include "database/database.hpp"
#include "membership/audit.hpp"

namespace membership {

const std::vector<database::Migration>& migrations();

namespace {

constexpr std::int64_t differences_named_max = 100;

template <class Ask>
auto ask_audit(const Settings& settings, Ask ask) {
  database::Database database(settings.database_url, {.connections = 1});
  if (!database.ready(migrations())) {
    throw std::runtime_error("the schema is not up to date: run \"membership migrate\" first");
  }
  return database.read([&](database::Transaction& transaction) {
    Store store(transaction);
    return ask(store);
  });
}

std::ifstream open(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  return file;
}

// Whole and durable under its name, or not there.
void replace_file(const std::string& path, const std::string& written) {
  const int file = ::open(written.c_str(), O_RDONLY | O_CLOEXEC);
  const bool durable = file >= 0 && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  if (!durable) throw std::runtime_error("cannot write " + written);
  std::filesystem::rename(written, path);
}

int report(const AuditFault& fault) {
  std::cerr << "bad: " << to_text(fault) << '\n';
  return EXIT_FAILURE;
}

std::string to_text(const AuditCount& count) {
  return std::to_string(count.rows) + " rows in " + std::to_string(count.chains) + " chains";
}

}  // namespace

int verify_audit(const Settings& settings) {
  return ask_audit(settings, [&](Store& store) {
    const auto count = verify_audit(store, settings.audit_key);
    if (!count) return report(count.error());
    if (settings.checkpoint.empty()) {
      std::cout << "good: " << to_text(*count)
                << "; without a checkpoint, rows cut off the end of a chain are not noticed\n";
      return EXIT_SUCCESS;
    }
    auto checkpoint = open(settings.checkpoint);
    const auto fault = compare_with_checkpoint(store, settings.audit_key, checkpoint);
    if (fault) return report(*fault);
    std::cout << "good: " << to_text(*count)
              << "; all rows of the checkpoint are there; rows written and cut off since are not "
                 "noticed\n";
    return EXIT_SUCCESS;
  });
}

int write_audit_checkpoint(const Settings& settings, const std::string& path) {
  return ask_audit(settings, [&](Store& store) {
    // Else writing one would hide what was cut off since the last.
    if (std::filesystem::exists(path)) {
      auto previous = open(path);
      const auto fault = compare_with_checkpoint(store, settings.audit_key, previous);
      if (fault) return report(*fault);
    }
    const std::string fresh = path + ".new";
    std::ofstream file(fresh, std::ios::trunc);
    const auto count = write_checkpoint(store, settings.audit_key,
                                        vocabulary::now() + settings.clock_offset, file);
    file.close();
    if (!count) {
      std::filesystem::remove(fresh);
      return report(count.error());
    }
    if (!file) throw std::runtime_error("cannot write " + fresh);
    replace_file(path, fresh);
    std::cout << "good: " << to_text(*count) << "; checkpoint written\n";
    return EXIT_SUCCESS;
  });
}

int replay_audit(const Settings& settings) {
  return ask_audit(settings, [&](Store& store) {
    const auto count = verify_audit(store, settings.audit_key);
    if (!count) return report(count.error());
    std::int64_t differences = 0;
    const auto alike = replay_audit(store, [&](const std::string& difference) {
      if (++differences <= differences_named_max) std::cerr << "bad: " << difference << '\n';
    });
    if (differences > differences_named_max) {
      std::cerr << "bad: and " << differences - differences_named_max << " more\n";
    }
    if (differences > 0) return EXIT_FAILURE;
    std::cout << "good: the audit makes all " << alike << " memberships as the tables hold them\n";
    return EXIT_SUCCESS;
  });
}

int export_audit(const Settings& settings) {
  return ask_audit(settings, [&](Store& store) {
    const auto& organization = settings.organization;
    export_audit(store, organization.empty() ? std::nullopt : std::optional(organization),
                 std::cout);
    std::cout.flush();
    if (!std::cout) throw std::runtime_error("cannot write the export");
    return EXIT_SUCCESS;
  });
}

}  // namespace membership
