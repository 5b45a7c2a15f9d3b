#include "membership/audit.hpp"

#include <random>
#include <sstream>
#include <thread>

#include "support/membership_guide.hpp"
#include "support/processes.hpp"

using namespace testing;

namespace {

void expect(int status, const Answer& answer) {
  INFO(answer.text);
  REQUIRE(answer.status == status);
}

auto verify(MembershipService& service, std::string_view key = audit_key) {
  return service.database().read([&](database::Transaction& transaction) {
    Store store(transaction);
    return verify_audit(store, key);
  });
}

/// What is wrong, or "".
std::string fault_of(MembershipService& service, std::string_view key = audit_key) {
  const auto verdict = verify(service, key);
  return verdict ? "" : to_text(verdict.error());
}

std::string checkpoint_of(MembershipService& service) {
  std::ostringstream text;
  service.database().read([&](database::Transaction& transaction) {
    Store store(transaction);
    REQUIRE(write_checkpoint(store, audit_key, service.now(), text));
  });
  return text.str();
}

std::string fault_since(MembershipService& service, const std::string& checkpoint,
                        std::string_view key = audit_key) {
  return service.database().read([&](database::Transaction& transaction) {
    Store store(transaction);
    std::istringstream text(checkpoint);
    const auto fault = compare_with_checkpoint(store, key, text);
    return fault ? to_text(*fault) : "";
  });
}

struct Replayed {
  std::int64_t alike = 0;
  std::vector<std::string> differences;
};

Replayed replay(MembershipService& service) {
  return service.database().read([](database::Transaction& transaction) {
    Store store(transaction);
    Replayed replayed;
    replayed.alike = replay_audit(
        store, [&](const std::string& difference) { replayed.differences.push_back(difference); });
    return replayed;
  });
}

/// Changes rows as somebody with all rights on the database, but without the key, can.
class Tamperer {
 public:
  Tamperer(MembershipService& service, database::Kind kind) : service_(service), kind_(kind) {}

  void run(const std::string& sql) {
    const bool postgresql = kind_ == database::Kind::postgresql;
    service_.value((postgresql ? "SET session_replication_role = replica; " : "") + sql);
  }

 private:
  MembershipService& service_;
  database::Kind kind_;
};

/// A guide where people have asked, decided, been refused and been removed.
struct History : Guide {
  explicit History(database::Kind kind) : Guide(kind), tamperer(service, kind) {
    const auto denied = service.role_request(acme, thomas);
    const auto approved = service.role_request(acme, stranger);
    auto official = service.as(elizabeth);
    expect(200, official.post(path_of(denied, "deny"), {{"reason", "no badge"}}));
    expect(403, service.as(rebecca).post(path_of(approved, "approve")));
    expect(200, official.post(path_of(approved, "approve")));
    expect(200, official.post(path_of(rebecca_at_acme, "remove"), Json::object(),
                              if_match(rebecca_at_acme)));
    expect(201,
           service.as(thomas).post("/v1/role-requests", body_of(greenville, Role::staff_user)));
    service.database().write([&](database::Transaction& transaction) {
      Store(transaction, audit_key)
          .record({.actor = "operator",
                   .operation = "test",
                   .at = service.now(),
                   .request_id = "",
                   .subject = ""},
                  {.organization = std::nullopt, .subject = "", .outcome = "done"});
    });
  }

  std::string row(const OrganizationId& organization, int number) const {
    return "chain_id = '" + organization.text() + "' AND number = " + std::to_string(number);
  }
  std::string place(const OrganizationId& organization, int number) const {
    return "chain " + organization.text() + ", row " + std::to_string(number);
  }
  std::string id_of(const OrganizationId& organization, int number) const {
    return service.value("SELECT id FROM audit_entries WHERE " + row(organization, number));
  }
  std::string named(const OrganizationId& organization, int number) const {
    return place(organization, number) + " (" + id_of(organization, number) + ")";
  }

  Tamperer tamperer;
};

}  // namespace

TEST_CASE("Acts and refusals leave one row each in the chain of their organization") {
  History history(GENERATE(from_range(database_kinds())));

  CHECK(*verify(history.service) == AuditCount{.chains = 3, .rows = 6});
  const auto said = [&](int number) {
    const auto value = [&](const char* column) {
      return history.service.value(std::string("SELECT ") + column + " FROM audit_entries WHERE " +
                                   history.row(history.acme.id, number));
    };
    return std::pair(value("outcome"), Json::parse(value("details")));
  };
  CHECK(said(1) == std::pair(std::string("denied"), Json{{"requester", history.thomas.text()},
                                                         {"role", "staffUser"},
                                                         {"reasonGiven", true}}));
  CHECK(said(2) == std::pair(std::string("not-a-security-official"), Json::object()));
  const auto [outcome, details] = said(3);
  CHECK(outcome == "approved");
  CHECK(details["membership"]["change"] == "granted");
  CHECK(details["membership"]["member"] == history.stranger.text());
  CHECK(said(4).second["membership"]["change"] == "removed");
}

TEST_CASE("A role request that ends without a decision leaves its row too") {
  Guide guide(GENERATE(from_range(database_kinds())));
  auto& service = guide.service;
  const auto withdrawn = service.role_request(guide.acme, guide.thomas);
  const auto superseded = service.role_request(guide.acme, guide.rebecca, Role::security_official);
  const auto expired = service.role_request(guide.greenville, guide.thomas);
  expect(200, service.as(guide.thomas).post(path_of(withdrawn, "withdraw")));
  expect(200, service.as(guide.elizabeth)
                  .post(path_of(guide.rebecca_at_acme, "remove"), Json::object(),
                        if_match(guide.rebecca_at_acme)));
  service.advance(std::chrono::days(30));
  service.sweep();

  const auto outcome_of = [&](const RoleRequest& request) {
    return service.value("SELECT outcome FROM audit_entries WHERE subject_id = '" +
                         request.id.text() + "' AND chain_id = '" + request.organization.text() +
                         "'");
  };
  CHECK(outcome_of(withdrawn) == "withdrawn");
  CHECK(outcome_of(superseded) == "superseded");
  CHECK(outcome_of(expired) == "expired");
}

TEST_CASE("Whichever column of whichever row is altered, the row is named") {
  const auto kind = GENERATE(from_range(database_kinds()));
  History history(kind);
  const auto acme = history.acme.id;
  REQUIRE(fault_of(history.service) == "");

  for (int number = 1; number <= 4; ++number) {
    const auto update = [&](const std::string& where, const std::string& assignment) {
      history.tamperer.run("UPDATE audit_entries SET " + assignment + " WHERE " + where);
    };
    const std::string here = history.row(acme, number);
    for (const std::string column :
         {"actor", "operation", "subject_id", "outcome", "request_id", "details", "at"}) {
      INFO(column << " of row " << number);
      const std::string kept =
          history.service.value("SELECT " + column + " FROM audit_entries WHERE " + here);
      update(here, column + (column == "at" ? " = at + 1" : " = " + column + " || ' '"));
      CHECK(fault_of(history.service) == history.named(acme, number) + ": was altered");
      update(here, column + " = '" + kept + "'");
      REQUIRE(fault_of(history.service) == "");
    }

    const std::string id = history.id_of(acme, number);
    const std::string by_id = "id = '" + id + "'";
    const std::string other_id = vocabulary::new_uuid();
    update(by_id, "id = '" + other_id + "'");
    CHECK(fault_of(history.service) ==
          history.place(acme, number) + " (" + other_id + "): was altered");
    update(here, "id = '" + id + "'");

    update(by_id, "number = number + 1000");
    CHECK(fault_of(history.service) == history.place(acme, number) + ": is missing");
    update(by_id, "number = 0");
    CHECK(fault_of(history.service) ==
          history.place(acme, 0) + " (" + id + "): is no number of this chain");
    update(by_id, "number = " + std::to_string(number));

    update(by_id, "chain_id = 'another'");
    CHECK(fault_of(history.service) == history.place(acme, number) + ": is missing");
    update(by_id, "chain_id = '" + acme.text() + "'");

    const std::string mac = history.service.value("SELECT mac FROM audit_entries WHERE " + by_id);
    update(by_id, "mac = mac || '0'");
    CHECK(fault_of(history.service) ==
          history.named(acme, number) + (number == 4 ? ": was altered" : ": has an altered mac"));
    update(by_id, "mac = '" + mac + "'");
    REQUIRE(fault_of(history.service) == "");
  }
}

TEST_CASE("A chain's head that was altered is named") {
  History history(GENERATE(from_range(database_kinds())));
  const auto acme = history.acme.id;
  const auto update = [&](const std::string& assignment) {
    history.tamperer.run("UPDATE audit_chains SET " + assignment + " WHERE id = '" + acme.text() +
                         "'");
  };

  update("last_number = last_number + 1");
  CHECK(fault_of(history.service) == history.place(acme, 5) + ": is missing");
  update("last_number = last_number - 2");
  CHECK(fault_of(history.service) ==
        history.place(acme, 4) + ": is behind the end that the chain's head names");
  update("last_number = 4, last_at = last_at + 1");
  CHECK(fault_of(history.service) ==
        history.place(acme, 4) + ": is not of the instant that the chain's head names");
  history.tamperer.run("DELETE FROM audit_chains WHERE id = '" + acme.text() + "'");
  CHECK_THAT(fault_of(history.service), Catch::EndsWith("is in a chain that has no head"));
}

TEST_CASE("Rows that are deleted or exchanged are named") {
  History history(GENERATE(from_range(database_kinds())));
  const auto acme = history.acme.id;
  const std::string second = "id = '" + history.id_of(acme, 2) + "'";
  const std::string third = "id = '" + history.id_of(acme, 3) + "'";
  const auto renumber = [&](const std::string& row, int number) {
    history.tamperer.run("UPDATE audit_entries SET number = " + std::to_string(number) + " WHERE " +
                         row);
  };

  renumber(second, 9);
  renumber(third, 2);
  renumber(second, 3);
  CHECK(fault_of(history.service) ==
        history.named(acme, 2) + ": was moved here: what belongs here stands at 3");
  renumber(second, 9);
  renumber(third, 3);
  renumber(second, 2);
  REQUIRE(fault_of(history.service) == "");

  history.tamperer.run("DELETE FROM audit_entries WHERE " + second);
  CHECK(fault_of(history.service) == history.place(acme, 2) + ": is missing");
}

TEST_CASE("A tail that is cut off with its head is found with a checkpoint only") {
  History history(GENERATE(from_range(database_kinds())));
  const auto acme = history.acme.id;
  const std::string checkpoint = checkpoint_of(history.service);
  CHECK(fault_since(history.service, checkpoint) == "");

  history.tamperer.run("DELETE FROM audit_entries WHERE " + history.row(acme, 4));
  CHECK(fault_of(history.service) == history.place(acme, 4) + ": is missing");
  history.tamperer.run("UPDATE audit_chains SET last_number = 3 WHERE id = '" + acme.text() + "'");
  CHECK(fault_of(history.service) == "");
  CHECK(fault_since(history.service, checkpoint) ==
        history.place(acme, 4) + ": was there at the checkpoint: the end of the chain was cut off");

  // The service goes on behind the cut: the chain is whole again, but not the one it was.
  expect(201, history.service.as(history.thomas)
                  .post("/v1/role-requests", body_of(history.acme, Role::staff_user)));
  CHECK(fault_of(history.service) == "");
  CHECK(fault_since(history.service, checkpoint) ==
        history.place(acme, 4) + ": is another than at the checkpoint: the chain was written anew");
}

TEST_CASE("A chain that is deleted whole is found with a checkpoint only") {
  History history(GENERATE(from_range(database_kinds())));
  const auto greenville = history.greenville.id;
  const std::string checkpoint = checkpoint_of(history.service);

  history.tamperer.run("DELETE FROM audit_entries WHERE chain_id = '" + greenville.text() + "'");
  history.tamperer.run("DELETE FROM audit_chains WHERE id = '" + greenville.text() + "'");

  CHECK(fault_of(history.service) == "");
  CHECK(fault_since(history.service, checkpoint) ==
        history.place(greenville, 1) +
            ": was there at the checkpoint: the end of the chain was cut off");
}

TEST_CASE("Nothing fits another key") {
  History history(database::Kind::sqlite);
  const std::string checkpoint = checkpoint_of(history.service);
  const std::string other_key(32, 'k');

  CHECK_THAT(fault_of(history.service, other_key), Catch::EndsWith("or the key is another"));
  CHECK_THROWS_AS(fault_since(history.service, checkpoint, other_key), std::invalid_argument);
}

TEST_CASE("A checkpoint that was changed or cut off is refused") {
  History history(database::Kind::sqlite);
  const std::string checkpoint = checkpoint_of(history.service);

  std::size_t line = 0;
  for (auto at = checkpoint.find('\n'); at != std::string::npos;
       at = checkpoint.find('\n', at + 1)) {
    INFO("line " << line);
    std::string changed = checkpoint;
    changed[at - 1] = changed[at - 1] == '1' ? '2' : '1';
    CHECK_THROWS_AS(fault_since(history.service, changed), std::invalid_argument);
    if (at + 1 < checkpoint.size()) {
      CHECK_THROWS_AS(fault_since(history.service, checkpoint.substr(0, at + 1)),
                      std::invalid_argument);
      changed = checkpoint;
      changed.erase(line, at + 1 - line);
      CHECK_THROWS_AS(fault_since(history.service, changed), std::invalid_argument);
    }
    line = at + 1;
  }
  CHECK_THROWS_AS(fault_since(history.service, checkpoint + "chain service 9 00\n"),
                  std::invalid_argument);
  CHECK_THROWS_AS(fault_since(history.service, ""), std::invalid_argument);
}

TEST_CASE("A clock that is set back does not show in a chain, nor spoil what is made again") {
  MembershipService service(GENERATE(from_range(database_kinds())));
  const auto official = service.person("Elizabeth Blackwell");
  const auto other = service.person("Florian Parker");
  const auto line = [](const AccountId& account) {
    return std::string(organization_file_header) + "\npractice,000000501,Acme,000000501,1 Main," +
           account.text() + "\n";
  };
  CHECK(service.import(line(official)) == "created 1, updated 0, unchanged 0, granted 1");
  service.advance(-1h);
  CHECK(service.import(line(other)) == "created 0, updated 0, unchanged 1, granted 1");

  CHECK(fault_of(service) == "");
  CHECK(service.count("SELECT COUNT(DISTINCT at) FROM audit_entries") == 1);
  CHECK(service.count("SELECT COUNT(DISTINCT granted_at) FROM memberships") == 2);
  CHECK(replay(service).alike == 2);
}

TEST_CASE("Sixteen clients who act at once leave chains without a gap") {
  Guide guide(GENERATE(from_range(database_kinds())));
  constexpr int clients = 16;
  constexpr int rounds = 12;
  std::vector<AccountId> people;
  std::vector<Organization> clinics;
  for (int i = 0; i < clients; ++i) {
    people.push_back(guide.service.person("Person " + std::to_string(i)));
    clinics.push_back(guide.service.organization("Clinic " + std::to_string(i)));
    guide.service.member(clinics.back(), people.back(), Role::security_official);
  }
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < clients; ++i) {
      threads.emplace_back([&, i] {
        const auto index = static_cast<std::size_t>(i);
        auto client = guide.service.as(people[index]);
        const auto& elsewhere = clinics[(index + 1) % clinics.size()];
        for (int round = 0; round < rounds; ++round) {
          for (const OrganizationId& clinic : {guide.acme.id, elsewhere.id}) {
            const auto asked = client
                                   .post("/v1/role-requests",
                                         {{"organizationId", clinic.text()}, {"role", "staffUser"}})
                                   .body();
            const std::string path = "/v1/role-requests/" + asked["id"].get<std::string>();
            client.post(path + "/approve");  // refused: one's own
            client.post(path + "/withdraw");
          }
          guide.service.database().write([&](database::Transaction& transaction) {
            Store(transaction, audit_key)
                .record({.actor = "operator",
                         .operation = "test",
                         .at = guide.service.now(),
                         .request_id = "",
                         .subject = ""},
                        {.organization = std::nullopt, .subject = "", .outcome = "done"});
          });
        }
      });
    }
  }

  CHECK(fault_of(guide.service) == "");
  CHECK(*verify(guide.service) == AuditCount{.chains = clients + 2, .rows = clients * rounds * 7});
}

TEST_CASE("After a random run the audit makes the memberships again as the tables hold them") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto any = [&random](const auto& all) -> const auto& {
    return all[random() % all.size()];
  };
  const auto kind = GENERATE(from_range(database_kinds()));
  MembershipService service(kind);
  std::vector<AccountId> people;
  for (int i = 0; i < 6; ++i) people.push_back(service.person("Person " + std::to_string(i)));
  const auto one = service.agent("Agent One");
  const auto two = service.agent("Agent Two");
  service.settings().proof_key = "a key of the tests for all proofs";
  service.settings().claims_per_account = service.settings().claims_per_organization = 1'000;
  std::string csv = std::string(organization_file_header) + "\n";
  struct Clinic {
    std::string tin, id;
  };
  std::vector<Clinic> clinics;
  for (const std::string tin : {"000000501", "000000502", "000000503"}) {
    for (const auto& official : {any(people), any(people)}) {
      csv += "practice," + tin + ",Clinic " + tin + "," + tin + ",1 Main," + official.text() + "\n";
    }
  }
  service.import(csv);
  for (const char* tin : {"000000501", "000000502", "000000503"}) {
    clinics.push_back({tin, service.value("SELECT id FROM organizations WHERE identifier = '" +
                                          std::string(tin) + "'")});
    service.import_clinicians(tin + std::string(",0000000006,X00001\n"));
  }

  std::vector<std::string> requests;
  const auto confirm = [&](const Answer& proposed) {
    if (proposed.status != 201) return;
    service.as(two).post("/v1/service-center/proposals/" +
                         proposed.body()["id"].get<std::string>() + "/confirm");
  };
  const auto by_service_center = [&](const Clinic& clinic) {
    const std::string center = "/v1/service-center";
    auto agent = service.as(one);
    Json body = {{"taxpayerIdentificationNumber", clinic.tin},
                 {"reason", "Nobody else can."},
                 {"caseNumber", "QPP-0004711"}};
    switch (random() % 3) {
      case 0: {
        const auto members =
            list_of(agent.get(center + "/organizations/" + clinic.id + "/members"));
        if (members.empty()) return;
        if (random() % 2 == 0) body["successorAccountId"] = any(people).text();
        const Json member = any(members);
        return confirm(
            agent.post(center + "/memberships/" + member["id"].get<std::string>() + "/remove", body,
                       {{"If-Match", member["etag"].get<std::string>()}}));
      }
      case 1:
        body["accountId"] = any(people).text();
        return confirm(agent.post(center + "/organizations/" + clinic.id + "/appoint", body));
      default:
        if (requests.empty()) return;
        body["verdict"] = random() % 3 == 0 ? "denied" : "approved";
        return confirm(agent.post(center + "/role-requests/" + any(requests) + "/decide", body));
    }
  };
  for (int act = 0; act < 600; ++act) {
    service.advance(std::chrono::milliseconds(random() % 5'000));
    auto client = service.as(any(people));
    switch (random() % 7) {
      case 0:
      case 1: {
        const auto asked = client.post(
            "/v1/role-requests", {{"organizationId", any(clinics).id},
                                  {"role", random() % 2 == 0 ? "staffUser" : "securityOfficial"}});
        if (asked.status == 201) requests.push_back(asked.body()["id"]);
        break;
      }
      case 2:
      case 3: {
        if (requests.empty()) break;
        const char* verb = any(std::vector<const char*>{"approve", "approve", "deny", "withdraw"});
        client.post("/v1/role-requests/" + any(requests) + "/" + verb);
        break;
      }
      case 4: by_service_center(any(clinics)); break;
      case 5: {
        const Clinic& clinic = any(clinics);
        client.post("/v1/organizations/" + clinic.id + "/claim",
                    {{"taxpayerIdentificationNumber", clinic.tin},
                     {"nationalProviderIdentifier", "0000000006"},
                     {"providerTransactionAccessNumber", random() % 2 ? "X00001" : "X00002"}});
        break;
      }
      default: {
        const auto members = client.get("/v1/organizations/" + any(clinics).id + "/members");
        if (members.status != 200) break;
        const Json member = any(list_of(members));
        client.post("/v1/memberships/" + member["id"].get<std::string>() + "/remove",
                    Json::object(), {{"If-Match", member["etag"].get<std::string>()}});
      }
    }
  }
  service.advance(24h * 31);
  service.sweep();

  CHECK(fault_of(service) == "");
  auto replayed = replay(service);
  CHECK(replayed.differences == std::vector<std::string>{});
  CHECK(replayed.alike == service.count("SELECT COUNT(*) FROM memberships"));
  CHECK(service.count("SELECT COUNT(*) FROM memberships WHERE removed_at IS NOT NULL") > 0);
  CHECK(service.count("SELECT COUNT(*) FROM service_center_proposals"
                      " WHERE status = 'confirmed'") > 0);

  Tamperer tamperer(service, kind);
  const std::string id = service.value("SELECT id FROM memberships ORDER BY id");
  const auto differs = [&](const std::string& sql, const char* how) {
    tamperer.run(sql + " WHERE id = '" + id + "'");
    replayed = replay(service);
    REQUIRE(replayed.differences.size() == 1);
    CHECK_THAT(replayed.differences[0],
               Catch::StartsWith("membership " + id) && Catch::EndsWith(how));
  };
  differs("UPDATE memberships SET granted_at = granted_at + 1", " differs in grantedAt");
  differs("UPDATE memberships SET account_id = '" + vocabulary::new_uuid() + "'",
          " differs in member, grantedAt");
  differs("DELETE FROM memberships", " is granted by the audit, but not in the tables");
}

TEST_CASE("A membership that nobody granted is named") {
  Guide guide(GENERATE(from_range(database_kinds())));

  const auto replayed = replay(guide.service);

  CHECK(replayed.alike == 0);
  CHECK(replayed.differences.size() == 4);
  CHECK_THAT(replayed.differences[0],
             Catch::EndsWith(" is in the tables, but the audit does not grant it"));
}

TEST_CASE("The export has each row once, as it is kept") {
  History history(GENERATE(from_range(database_kinds())));
  const auto exported = [&](const std::optional<std::string>& chain) {
    std::ostringstream text;
    history.service.database().read([&](database::Transaction& transaction) {
      Store store(transaction);
      export_audit(store, chain, text);
    });
    std::vector<Json> rows;
    std::istringstream lines(text.str());
    for (std::string line; std::getline(lines, line);) rows.push_back(Json::parse(line));
    return rows;
  };

  CHECK(exported(std::nullopt).size() == 6);
  CHECK(exported("service").size() == 1);
  const auto rows = exported(history.acme.id.text());
  REQUIRE(rows.size() == 4);
  CHECK(rows[3]["number"] == 4);
  CHECK(rows[3]["id"] == history.id_of(history.acme.id, 4));
  CHECK(rows[3]["operation"] == "removeMembership");
  CHECK(rows[3]["actor"] == history.elizabeth.text());
  CHECK(rows[3]["details"]["membership"]["id"] == history.rebecca_at_acme.id.text());
}

TEST_CASE("A Security Official reads the audit of their organization, newest first, page by page") {
  History history(GENERATE(from_range(database_kinds())));
  auto official = history.service.as(history.elizabeth);
  const std::string path = path_of(history.acme, "audit");

  std::vector<Json> entries;
  std::string cursor;
  do {
    const auto page = official.get(path + "?limit=3" + cursor);
    REQUIRE(page.status == 200);
    for (const Json& entry : list_of(page)) entries.push_back(entry);
    const Json next = page.body()["nextCursor"];
    cursor = next.is_null() ? "" : "&cursor=" + next.get<std::string>();
  } while (!cursor.empty());

  REQUIRE(entries.size() == 4);
  CHECK(entries[0]["number"] == 4);
  CHECK(entries[0]["actor"] == Json{{"kind", "person"},
                                    {"accountId", history.elizabeth.text()},
                                    {"name", "Elizabeth Blackwell"}});
  CHECK(entries[0]["operation"] == "removeMembership");
  CHECK(entries[0]["subjectId"] == history.rebecca_at_acme.id.text());
  CHECK(entries[0]["outcome"] == "removed");
  CHECK(entries[0]["details"]["membership"]["removedBy"] == history.elizabeth.text());
  CHECK(entries[1]["details"]["membership"]["member"] == history.stranger.text());
  CHECK(entries[2]["outcome"] == "not-a-security-official");
  CHECK(entries[2]["details"] == Json::object());
  CHECK(entries[3]["number"] == 1);
}

TEST_CASE("To officials an agent is the service center, whose reasons stay with it") {
  History history(GENERATE(from_range(database_kinds())));
  history.service.database().write([&](database::Transaction& transaction) {
    Store(transaction, audit_key)
        .record({.actor = service_center + history.florian.text(),
                 .operation = "test",
                 .at = history.service.now(),
                 .request_id = "",
                 .subject = ""},
                {.organization = history.acme.id,
                 .subject = "",
                 .outcome = "done",
                 .details = {{"reason", "retired"}, {"caseNumber", "C-1"}, {"role", "staffUser"}}});
  });

  const auto answer = history.service.as(history.elizabeth).get(path_of(history.acme, "audit"));

  const Json entry = list_of(answer).at(0);
  CHECK(entry["actor"] ==
        Json{{"kind", "serviceCenter"}, {"accountId", nullptr}, {"name", nullptr}});
  CHECK(entry["details"] == Json{{"role", "staffUser"}});
  CHECK(entry["subjectId"].is_null());
  CHECK(answer.text.find(history.florian.text()) == std::string::npos);
}

TEST_CASE("The audit is for the organization's Security Officials, and its cursors for it alone") {
  History history(GENERATE(from_range(database_kinds())));
  const std::string path = path_of(history.acme, "audit");
  auto official = history.service.as(history.elizabeth);

  CHECK(history.service.anonymous().get(path).status == 401);
  CHECK(history.service.as(history.thomas).get(path).problem() == "not-found");
  CHECK(history.service.as(history.rebecca).get(path).problem() == "not-found");  // removed
  CHECK(history.service.as(history.stranger).get(path).problem() == "not-a-security-official");
  CHECK(official.get(path).body()["items"][0]["outcome"] == "not-a-security-official");
  CHECK(official.get(path + "?limit=0").problem() == "invalid-fields");
  CHECK(official.get(path + "?outcome=removed").problem() == "invalid-fields");
  const auto cursor = official.get(path + "?limit=1").body()["nextCursor"].get<std::string>();
  const auto elsewhere = path_of(history.greenville, "audit") + "?cursor=" + cursor;
  CHECK(history.service.as(history.rebecca).get(elsewhere).problem() == "invalid-fields");
}

TEST_CASE("An agent of the service center exports the audit of an organization, part by part") {
  History history(GENERATE(from_range(database_kinds())));
  auto agent = history.service.as(history.service.agent("Agent One"));
  const std::string path = "/v1/service-center/organizations/" + history.acme.id.text() + "/audit";

  const auto first = agent.get(path + "?limit=3");
  CHECK(first.status == 200);
  CHECK(first.header("content-type") == "application/x-ndjson");
  CHECK(std::count(first.text.begin(), first.text.end(), '\n') == 3);
  const auto last = agent.get(path + "?after=3");
  CHECK(Json::parse(last.text)["number"] == 4);
  CHECK(Json::parse(last.text)["id"] == history.id_of(history.acme.id, 4));
  CHECK(agent.get(path + "?after=4").text == "");
  CHECK(agent.get(path).text == first.text + last.text);

  CHECK(agent.get(path + "?limit=1001").problem() == "invalid-fields");
  CHECK(agent.get("/v1/service-center/organizations/" + vocabulary::new_uuid() + "/audit")
            .problem() == "not-found");
  CHECK(history.service.as(history.elizabeth).get(path).problem() == "not-a-service-center-agent");
}
