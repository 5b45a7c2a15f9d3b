#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <random>
#include <thread>

#include <catch2/catch.hpp>
#include <sys/wait.h>

#include "support/crashed_disk.hpp"
#include "support/membership_process.hpp"
#include "support/paths.hpp"
#include "support/system.hpp"

using namespace testing;
using namespace std::chrono_literals;
using database::Transaction;

namespace {

// Nobody takes events: all of them stay in the outbox.
constexpr const char* nobody = "http://127.0.0.1:1";

// A database with a clinic, as a service that stopped has left it.
struct Beginning {
  explicit Beginning(std::size_t people) {
    database::Database database("sqlite:" + (folder.path() / "m.db").string());
    clinic = make_clinic(database, people);
  }

  void copy_to(const std::filesystem::path& other) const {
    std::filesystem::create_directories(other);
    std::filesystem::copy(folder.path() / "m.db", other / "m.db");
  }

  TemporaryFolder folder;
  Clinic clinic;
};

// The real process on such a database in a folder of its own.
struct Victim {
  explicit Victim(const Beginning& beginning) {
    beginning.copy_to(folder.path() / "database");
    process.set("notification-url", nobody);
  }

  std::filesystem::path path() const { return folder.path() / "database" / "m.db"; }

  TemporaryFolder folder;
  MembershipNeighbours neighbours;
  ServiceProcess process{"membership", membership_settings("sqlite:" + path().string(), neighbours),
                         folder.path()};
};

// People ask, are approved or denied, and are removed; acts side by side are committed together.
class Scenario {
 public:
  Scenario(const Victim& victim, const Clinic& clinic) : victim_(victim), clinic_(clinic) {}

  // Called with each act that was acknowledged, by one thread at a time.
  std::function<void(const Deed&)> remember = [this](const Deed& deed) { deeds.push_back(deed); };

  // True when it came to its end; false when the process died.
  bool play(int rounds) {
    for (int round = 0; round < rounds; ++round) {
      std::vector<std::string> requests(clinic_.people.size());
      at_once([&](std::size_t person) {
        requests[person] =
            answered(201, clinic_.people[person], "/v1/role-requests",
                     {{"organizationId", clinic_.organization.text()}, {"role", "staffUser"}})
                .at("id");
        note({.role_request = requests[person]});
      });
      at_once([&](std::size_t person) {
        const bool approve = person % 2 == 0;
        answered(200, clinic_.officials[person % 2],
                 "/v1/role-requests/" + requests[person] + (approve ? "/approve" : "/deny"),
                 Json::object());
        note({.role_request = requests[person], .status = approve ? "approved" : "denied"});
      });
      at_once([&](std::size_t person) {
        if (person % 2 != 0) return;
        const auto membership = membership_of(clinic_.people[person]);
        answered(200, clinic_.officials[0], "/v1/memberships/" + membership + "/remove",
                 Json::object(), {{"If-Match", "*"}});
        note({.removed_membership = membership});
      });
      if (!failure_.empty()) throw std::runtime_error(failure_);
      if (died_) return false;
    }
    return true;
  }

  std::vector<Deed> deeds;

 private:
  void at_once(const std::function<void(std::size_t)>& act) {
    std::vector<std::thread> threads;
    for (std::size_t person = 0; person < clinic_.people.size() && !died_; ++person) {
      threads.emplace_back([this, &act, person] {
        try {
          act(person);
        } catch (const NoAnswer&) {
          died_ = true;
        } catch (const std::exception& exception) {
          const std::lock_guard lock(mutex_);
          failure_ = exception.what();
        }
      });
    }
    for (auto& thread : threads) thread.join();
  }

  Client as(const membership::AccountId& account) const {
    return Client(victim_.process.public_url(), victim_.neighbours.token_of(account));
  }

  Json answered(int status, const membership::AccountId& account, const std::string& path,
                const Json& body, Headers headers = {}) {
    headers.emplace_back("Idempotency-Key", vocabulary::new_uuid());
    const auto answer = as(account).post(path, body, headers);
    if (answer.status != status) throw std::runtime_error(path + ": " + answer.text);
    return answer.body();
  }

  std::string membership_of(const membership::AccountId& account) const {
    const Json members =
        as(clinic_.officials[0])
            .get("/v1/organizations/" + clinic_.organization.text() + "/members?limit=200")
            .body();
    for (const auto& member : members.at("items")) {
      if (member.at("accountId") == account.text()) return member.at("id");
    }
    throw std::runtime_error("no membership");
  }

  void note(const Deed& deed) {
    const std::lock_guard lock(mutex_);
    remember(deed);
  }

  const Victim& victim_;
  const Clinic& clinic_;
  std::atomic<bool> died_ = false;
  std::mutex mutex_;
  std::string failure_;
};

// What is wrong with the database; "" when all is well.
std::string wrong_with(const std::filesystem::path& path, const std::vector<Deed>& acknowledged) {
  database::Database database("sqlite:" + path.string());
  const auto integrity = database.read([](Transaction& transaction) {
    return std::get<0>(*transaction.row<std::string>("PRAGMA integrity_check"));
  });
  if (integrity != "ok") return integrity;
  const auto missing = lost(database, acknowledged);
  if (!missing.empty()) return "lost: " + missing;
  const auto half = half_done(database);
  if (!half.empty()) return "half done: " + half;
  database.write([](Transaction& transaction) {
    transaction.execute("UPDATE schema_version SET applied_at = applied_at");
  });
  return "";
}

int setting(const char* name, int usual) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::atoi(value) : usual;
}

std::vector<std::string> strace(const Victim& victim, const std::string& call, int number) {
  const auto database = victim.path().string();
  std::vector<std::string> words = {"/usr/bin/strace", "-f", "-qq"};
  for (const char* file : {"", "-wal", "-journal"}) {
    words.insert(words.end(), {"-P", database + file});
  }
  words.insert(words.end(), {"-o", (victim.folder.path() / "trace").string(), "-e",
                             "inject=" + call + ":signal=KILL:when=" + std::to_string(number)});
  return words;
}

// Kills the process at the `number`th `call` of a thread on the database: while it acts, or while
// it stops. Returns "" when it came to its end instead; `wrong` is what was wrong after it died.
enum class While { acting, stopping };

bool kill_at(const Beginning& beginning, While phase, const std::string& call, int number,
             std::string& wrong) {
  Victim victim(beginning);
  Scenario scenario(victim, beginning.clinic);
  bool died = false;
  if (phase == While::acting) {
    auto words = strace(victim, call, number);
    words.insert(words.begin() + 1, "-D");
    victim.process.run_under(words);
    try {
      victim.process.start();
      died = !scenario.play(1);
    } catch (const std::exception&) {
      died = !victim.process.running();
      if (!died) throw;
    }
    if (died) victim.process.wait_for_end(10s);
    victim.process.kill();
  } else {
    victim.process.start();
    if (!scenario.play(1)) throw std::runtime_error("it died by itself");
    auto words = strace(victim, call, number);
    words.insert(words.end(), {"-p", std::to_string(victim.process.id())});
    const auto log = victim.folder.path() / "strace.log";
    words.erase(std::find(words.begin(), words.end(), "-qq"));
    const pid_t tracer = spawn(words, {}, {"/dev/null", log, log});
    const auto attached = [&] {
      std::ifstream said(log);
      return std::string(std::istreambuf_iterator<char>(said), {}).find("attached") !=
             std::string::npos;
    };
    if (!eventually(attached)) throw std::runtime_error("strace does not attach");
    died = victim.process.terminate() != 0;
    ::waitpid(tracer, nullptr, 0);
  }
  victim.process.run_under({});
  victim.process.start();
  const auto answer =
      Client(victim.process.public_url(), victim.neighbours.token_of(beginning.clinic.officials[0]))
          .get("/v1/manage-access");
  wrong = answer.status == 200 ? wrong_with(victim.path(), scenario.deeds) : answer.text;
  victim.process.command({"verify-audit"});
  return died;
}

}  // namespace

TEST_CASE("Killed at any of its writes and syncs, the process keeps what it acknowledged",
          "[serial]") {
  const int every = setting("KILL_EVERY", 1);
  const Beginning beginning(3);
  int kills = 0;
  std::mutex mutex;
  std::string first_wrong;
  for (const auto phase : {While::acting, While::stopping}) {
    for (const std::string call : {"pwrite64", "fdatasync,fsync", "ftruncate", "unlink"}) {
      std::atomic<int> next = 1;
      std::atomic<bool> unharmed = false;
      std::vector<std::thread> workers;
      for (int i = 0; i < 2; ++i) {
        workers.emplace_back([&] {
          while (!unharmed) {
            const int number = next.fetch_add(every);
            std::string wrong;
            bool died = false;
            try {
              died = kill_at(beginning, phase, call, number, wrong);
            } catch (const std::exception& exception) {
              wrong = exception.what();
            }
            if (!died) unharmed = true;
            const std::lock_guard lock(mutex);
            kills += died;
            if (wrong.empty() || !first_wrong.empty()) continue;
            first_wrong = call + " " + std::to_string(number) + ": " + wrong;
          }
        });
      }
      for (auto& worker : workers) worker.join();
      WARN((phase == While::acting ? "acting" : "stopping")
           << ": " << call << ": the scenario ends at " << next - every);
    }
  }
  CHECK(first_wrong == "");
  CHECK(kills > 100 / every);
  WARN(kills << " kills");
}

namespace {

struct Recorded {
  std::vector<DiskOperation> operations;
  std::vector<std::pair<std::uintmax_t, Deed>> deeds;  // with the length of the record by then
};

Recorded record(const Beginning& beginning, const std::string& synchronous, int rounds) {
  Victim victim(beginning);
  const auto file = victim.folder.path() / "record";
  std::vector<std::string> variables = {"LD_PRELOAD=" + build_root() + "/tests/libdisk.so",
                                        "DISK_FOLDER=" + victim.path().parent_path().string(),
                                        "DISK_RECORD=" + file.string()};
  if (synchronous != "FULL") variables.push_back("SQLITE_SYNCHRONOUS=" + synchronous);
  victim.process.run_under({}, variables);
  Recorded recorded;
  Scenario scenario(victim, beginning.clinic);
  scenario.remember = [&](const Deed& deed) {
    recorded.deeds.emplace_back(std::filesystem::file_size(file), deed);
  };
  victim.process.start();
  REQUIRE(scenario.play(rounds));
  CHECK(victim.process.terminate() == 0);
  recorded.operations = read_disk_record(file);
  return recorded;
}

struct Verdicts {
  int crashes = 0;
  int losses = 0;
  std::string first_wrong;
};

// The machine stops after each change and each sync, in each of three ways.
Verdicts crash_everywhere(const Beginning& beginning, const Recorded& recorded, unsigned seed) {
  std::mt19937 random(seed);
  CrashedDisk disk(beginning.folder.path());
  const TemporaryFolder folder;
  const auto left = folder.path() / "left";
  Verdicts verdicts;
  std::vector<Deed> acknowledged;
  auto deed = recorded.deeds.begin();
  for (const auto& operation : recorded.operations) {
    disk.apply(operation);
    for (; deed != recorded.deeds.end() && deed->first <= operation.until; ++deed) {
      acknowledged.push_back(deed->second);
    }
    for (const auto unsynced :
         {CrashedDisk::Unsynced::lost, CrashedDisk::Unsynced::kept, CrashedDisk::Unsynced::some}) {
      disk.leave(left, unsynced, random);
      std::string wrong;
      try {
        wrong = wrong_with(left / "m.db", acknowledged);
      } catch (const std::exception& exception) {
        wrong = exception.what();
      }
      ++verdicts.crashes;
      if (wrong.empty()) continue;
      ++verdicts.losses;
      if (verdicts.first_wrong.empty()) {
        verdicts.first_wrong = operation.what + " " + operation.path + ": " + wrong;
      }
    }
  }
  return verdicts;
}

}  // namespace

TEST_CASE("When the disk drops what was not synced, what was acknowledged is kept", "[serial]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  const Beginning beginning(4);
  const auto recorded = record(beginning, "FULL", 3);
  const auto verdicts = crash_everywhere(beginning, recorded, seed);
  CHECK(verdicts.first_wrong == "");
  CHECK(verdicts.losses == 0);
  CHECK(recorded.deeds.size() == 30);
  WARN(recorded.operations.size() << " operations, " << verdicts.crashes << " crashes");
}

TEST_CASE("The same is seen to fail when SQLite does not sync each commit", "[serial]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  const Beginning beginning(4);
  const auto verdicts = crash_everywhere(beginning, record(beginning, "NORMAL", 1), seed);
  CHECK(verdicts.losses > 0);
  CHECK(verdicts.first_wrong.find("lost: ") != std::string::npos);
  WARN(verdicts.losses << " of " << verdicts.crashes << " crashes lost something, first "
                       << verdicts.first_wrong);
}
