#include "membership/audit.hpp"

#include <sstream>
#include <stdexcept>

#include "auth/encoding.hpp"
#include "membership/audit_details.hpp"
#include "membership/storage/audit.hpp"

namespace membership {

namespace {

constexpr std::size_t page_rows = 500;
constexpr const char* checkpoint_title = "countersign audit checkpoint 1";

using OnRow = std::function<bool(const AuditRow&)>;  // false: no more

void for_each_row(Store& store, const std::string& chain, const OnRow& on_row) {
  std::optional<std::int64_t> after;
  for (;;) {
    const auto page = store.list_audit(chain, after, page_rows);
    for (const AuditRow& row : page) {
      if (!on_row(row)) return;
    }
    if (page.size() < page_rows) return;
    after = page.back().number;
  }
}

void for_each_chain(Store& store, const std::function<bool(const AuditHead&)>& on_head) {
  std::string after;
  for (;;) {
    const auto page = store.list_audit_heads(after, page_rows);
    for (const AuditHead& head : page) {
      if (!on_head(head)) return;
    }
    if (page.size() < page_rows) return;
    after = page.back().chain;
  }
}

std::optional<AuditRow> next_row(Store& store, const AuditRow& row) {
  auto page = store.list_audit(row.chain, row.number, 1);
  if (page.empty()) return std::nullopt;
  return std::move(page.front());
}

// Tells why the mac of `row` does not fit.
std::string diagnose(Store& store, const AuditRow& row, const std::string& mac_before,
                     std::string_view audit_key) {
  std::optional<std::int64_t> rightful;
  for_each_row(store, row.chain, [&](AuditRow other) {
    const std::int64_t stands_at = other.number;
    other.number = row.number;
    if (other.mac == mac_of(other, mac_before, audit_key)) rightful = stands_at;
    return !rightful;
  });
  if (rightful) {
    return "was moved here: what belongs here stands at " + std::to_string(*rightful);
  }
  const auto next = next_row(store, row);
  if (!next || next->mac == mac_of(*next, row.mac, audit_key)) return "was altered";
  if (next->mac == mac_of(*next, mac_of(row, mac_before, audit_key), audit_key)) {
    return "has an altered mac";
  }
  return "has a mac that is wrong, as has the next row: both were altered, or the key is another";
}

struct ChainCheck {
  std::optional<AuditFault> fault;
  std::optional<AuditRow> last;
};

ChainCheck verify_chain(Store& store, const AuditHead& head, std::string_view audit_key) {
  ChainCheck check;
  std::int64_t expected = 1;
  std::string mac_before;
  const auto fail = [&](std::int64_t number, const std::string& id, std::string what) {
    check.fault = {head.chain, number, id, std::move(what)};
    return false;
  };
  for_each_row(store, head.chain, [&](const AuditRow& row) {
    if (row.number > expected) return fail(expected, "", "is missing");
    if (row.number < expected) return fail(row.number, row.id, "is no number of this chain");
    if (row.mac != mac_of(row, mac_before, audit_key)) {
      return fail(row.number, row.id, diagnose(store, row, mac_before, audit_key));
    }
    if (check.last && row.at < check.last->at) {
      return fail(row.number, row.id, "is older than the row before");
    }
    mac_before = row.mac;
    check.last = row;
    ++expected;
    return true;
  });
  if (check.fault) return check;
  if (expected <= head.last_number) {
    fail(expected, "", "is missing");
  } else if (expected - 1 > head.last_number) {
    fail(head.last_number + 1, "", "is behind the end that the chain's head names");
  } else if (!check.last || check.last->at != head.last_at) {
    fail(head.last_number, "", "is not of the instant that the chain's head names");
  }
  return check;
}

// Sums up the lines of a checkpoint while they pass.
class Digest {
 public:
  void add(std::string_view line) { digest_ = auth::sha256(join_with_lengths({digest_, line})); }
  std::string seal(std::string_view audit_key) const {
    return auth::to_hex(
        auth::hmac_sha256(audit_key, join_with_lengths({checkpoint_title, digest_})));
  }

 private:
  std::string digest_;
};

constexpr const char* sealed_by = "seal ";

// Throws unless the last line seals all before it.
void check_seal(std::istream& checkpoint, std::string_view audit_key) {
  Digest digest;
  std::string line;
  while (std::getline(checkpoint, line) && !line.starts_with(sealed_by)) digest.add(line);
  if (line != sealed_by + digest.seal(audit_key) || std::getline(checkpoint, line)) {
    throw std::invalid_argument("the checkpoint was changed, or written with another key");
  }
}

struct ChainEnd {
  std::string chain;
  std::int64_t number;
  std::string mac;
};

// "<chain> <number> <mac>"; nullopt for the other lines.
std::optional<ChainEnd> parse_chain_end(const std::string& line) {
  std::istringstream words(line);
  ChainEnd end{};
  std::string keyword;
  if (!(words >> keyword >> end.chain >> end.number >> end.mac) || keyword != "chain") {
    return std::nullopt;
  }
  return end;
}

std::string place(const AuditRow& row) {
  return "row " + std::to_string(row.number) + " of chain " + row.chain;
}

using OnDifference = std::function<void(const std::string& difference)>;

MembershipReplay replay_chain(Store& store, const OrganizationId& organization,
                              const OnDifference& on_difference) {
  MembershipReplay replay(organization);
  for_each_row(store, organization.text(), [&](const AuditRow& row) {
    try {
      const auto change = parse_membership_change(nlohmann::json::parse(row.details));
      const auto fault = change ? replay.apply(*change) : std::nullopt;
      if (fault) on_difference(place(row) + " " + *fault);
    } catch (const std::invalid_argument& fault) {
      on_difference(place(row) + ": " + fault.what());
    } catch (const nlohmann::json::exception&) {
      on_difference(place(row) + ": details cannot be read");
    }
    return true;
  });
  return replay;
}

std::string fields_that_differ(const Membership& told, const Membership& held) {
  std::string names;
  const auto compare = [&names](bool same, const char* name) {
    if (!same) names += (names.empty() ? "" : ", ") + std::string(name);
  };
  compare(told.member == held.member, "member");
  compare(told.role == held.role, "role");
  compare(told.granted_at == held.granted_at, "grantedAt");
  compare(told.removal.has_value() == held.removal.has_value(), "whether it has ended");
  if (told.removal && held.removal) {
    compare(told.removal->removed_by == held.removal->removed_by, "removedBy");
    compare(told.removal->removed_at == held.removal->removed_at, "removedAt");
  }
  return names;
}

std::int64_t compare_memberships(Store& store, const OrganizationId& organization,
                                 const MembershipReplay& replay,
                                 const OnDifference& on_difference) {
  auto told = replay.memberships();
  const auto name = [&](const MembershipId& id) {
    return "membership " + id.text() + " of organization " + organization.text();
  };
  std::int64_t alike = 0;
  std::optional<MembershipId> after;
  for (bool more = true; more;) {
    const auto page = store.list_all_memberships(organization, after, page_rows);
    for (const Membership& held : page) {
      const auto found = told.find(held.id);
      if (found == told.end()) {
        on_difference(name(held.id) + " is in the tables, but the audit does not grant it");
        continue;
      }
      const std::string differing = fields_that_differ(found->second, held);
      if (!differing.empty()) on_difference(name(held.id) + " differs in " + differing);
      alike += differing.empty();
      told.erase(found);
    }
    more = page.size() == page_rows;
    if (more) after = page.back().id;
  }
  for (const auto& [id, membership] : told) {
    on_difference(name(id) + " is granted by the audit, but not in the tables");
  }
  return alike;
}

}  // namespace

std::string to_text(const AuditFault& fault) {
  return "chain " + fault.chain + ", row " + std::to_string(fault.number) +
         (fault.id.empty() ? "" : " (" + fault.id + ")") + ": " + fault.what;
}

vocabulary::Result<AuditCount, AuditFault> verify_audit(
    Store& store, std::string_view audit_key,
    const std::function<void(const AuditRow&)>& on_last_row) {
  AuditCount count;
  std::optional<AuditFault> fault;
  for_each_chain(store, [&](const AuditHead& head) {
    const ChainCheck check = verify_chain(store, head, audit_key);
    fault = check.fault;
    if (fault) return false;
    ++count.chains;
    count.rows += head.last_number;
    if (on_last_row) on_last_row(*check.last);
    return true;
  });
  if (fault) return *fault;
  if (const auto row = store.find_audit_row_without_head()) {
    return AuditFault{row->chain, row->number, row->id, "is in a chain that has no head"};
  }
  return count;
}

vocabulary::Result<AuditCount, AuditFault> write_checkpoint(Store& store,
                                                            std::string_view audit_key,
                                                            Timestamp now, std::ostream& output) {
  Digest digest;
  const auto write = [&](const std::string& line) {
    digest.add(line);
    output << line << '\n';
  };
  write(checkpoint_title);
  write("writtenAt " + vocabulary::to_text(now));
  const auto count = verify_audit(store, audit_key, [&](const AuditRow& row) {
    write("chain " + row.chain + " " + std::to_string(row.number) + " " + row.mac);
  });
  if (!count) return count;
  write("total " + std::to_string(count->chains) + " " + std::to_string(count->rows));
  output << sealed_by << digest.seal(audit_key) << '\n';
  return count;
}

std::optional<AuditFault> compare_with_checkpoint(Store& store, std::string_view audit_key,
                                                  std::istream& checkpoint) {
  check_seal(checkpoint, audit_key);
  checkpoint.clear();
  checkpoint.seekg(0);
  for (std::string line; std::getline(checkpoint, line);) {
    const auto end = parse_chain_end(line);
    if (!end) continue;
    const std::string mac = store.find_mac(end->chain, end->number);
    if (mac.empty()) {
      return AuditFault{end->chain, end->number, "",
                        "was there at the checkpoint: the end of the chain was cut off"};
    }
    if (mac != end->mac) {
      return AuditFault{end->chain, end->number, "",
                        "is another than at the checkpoint: the chain was written anew"};
    }
  }
  return std::nullopt;
}

std::int64_t replay_audit(Store& store, const OnDifference& on_difference) {
  std::int64_t alike = 0;
  for_each_chain(store, [&](const AuditHead& head) {
    if (const auto organization = OrganizationId::parse(head.chain)) {
      alike += compare_memberships(
          store, *organization, replay_chain(store, *organization, on_difference), on_difference);
    }
    return true;
  });
  for (const OrganizationId& organization : store.list_organizations_without_audit()) {
    compare_memberships(store, organization, MembershipReplay(organization), on_difference);
  }
  return alike;
}

std::string to_line(const AuditRow& row) {
  const auto details = nlohmann::json::parse(row.details, nullptr, false);
  const nlohmann::json line = {
      {"chain", row.chain},
      {"number", row.number},
      {"id", row.id},
      {"at", vocabulary::to_text(row.at)},
      {"actor", row.actor},
      {"operation", row.operation},
      {"subjectId", row.subject},
      {"outcome", row.outcome},
      {"requestId", row.request_id},
      {"details", details.is_discarded() ? nlohmann::json(row.details) : details},
      {"mac", row.mac}};
  return line.dump() + "\n";
}

void export_audit(Store& store, const std::optional<std::string>& chain, std::ostream& output) {
  const auto write = [&output](const AuditRow& row) {
    output << to_line(row);
    return true;
  };
  if (chain) {
    for_each_row(store, *chain, write);
    return;
  }
  for_each_chain(store, [&](const AuditHead& head) {
    for_each_row(store, head.chain, write);
    return true;
  });
}

}  // namespace membership
