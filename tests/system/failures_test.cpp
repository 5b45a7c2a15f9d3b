#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <thread>

#include <catch2/catch.hpp>

#include "database/database.hpp"
#include "support/cluster.hpp"
#include "support/databases.hpp"
#include "support/membership_process.hpp"
#include "support/membership_traffic.hpp"
#include "support/paths.hpp"
#include "support/system.hpp"

using namespace testing;
using namespace std::chrono_literals;
using database::Transaction;

namespace {

constexpr std::chrono::milliseconds recovery_max{5'000};

bool has_postgresql() {
  return database_kinds().size() == 2;
}

// The real process under load, on a database that fails and comes back.
class Load {
 public:
  // The process runs with these environment variables ("NAME=value").
  explicit Load(const std::string& database_url, const std::vector<std::string>& variables = {})
      : database_(database_url),
        clinic_(make_clinic(database_, 6)),
        process("membership", membership_settings(database_url, neighbours_), folder_.path()) {
    process.run_under({}, variables);
    process.start();
    REQUIRE(eventually([this] { return ready(); }));
    traffic.emplace(process, neighbours_, clinic_);
    const bool flows = eventually([this] { return traffic->acknowledged() >= 20; });
    CHECK(traffic->failure() == "");
    REQUIRE(flows);
    CHECK(traffic->unavailable() == 0);
  }

  bool ready() { return Client(process.internal_url()).get("/readyz").status == 200; }

  // Whether people were told, within `limit`, of an act that began after now.
  bool tells_within(std::chrono::milliseconds limit) {
    const auto before = neighbours_.told().size();
    return eventually([&] { return neighbours_.told().size() > before; }, limit);
  }

  // The cause has just ended: all is well again by itself, soon.
  void check_recovery() {
    const auto begin = std::chrono::steady_clock::now();
    const auto left = [begin] {
      return std::max<std::chrono::milliseconds>(
          std::chrono::duration_cast<std::chrono::milliseconds>(begin + recovery_max -
                                                                std::chrono::steady_clock::now()),
          1ms);
    };
    const auto acting = traffic->time_until_all_act(recovery_max);
    WARN("everybody acts again after " << acting.count() << " ms");
    CHECK(acting < recovery_max);
    CHECK(eventually([this] { return ready(); }, left()));
    CHECK(tells_within(left()));
    WARN("people are told again after " << (recovery_max - left()).count() << " ms");
  }

  void check_all_is_kept() {
    traffic->stop();
    CHECK(process.running());
    CHECK(process.terminate() == 0);
    CHECK(traffic->failure() == "");
    CHECK(lost(database_, traffic->deeds()) == "");
    std::set<EventName> told;
    for (const auto& event : neighbours_.told()) told.insert(name_of(event));
    CHECK(half_done(database_, told) == "");
  }

 private:
  TemporaryFolder folder_;
  MembershipNeighbours neighbours_;
  database::Database database_;
  Clinic clinic_;

 public:
  ServiceProcess process;
  std::optional<MembershipTraffic> traffic;
};

// Waits for answers of 503 to acts.
void check_unavailable(Load& load) {
  const int before = load.traffic->unavailable();
  CHECK(eventually([&] { return load.traffic->unavailable() >= before + 12; }, 30s));
  CHECK(load.traffic->longest_unavailable() < 6s);
  WARN("503 after at most " << load.traffic->longest_unavailable().count() << " ms");
}

// Holds what `take` takes, in a transaction of another process as it were.
class Lock {
 public:
  Lock(const std::string& database_url, const std::function<void(Transaction&)>& take) {
    std::promise<void> taken;
    auto is_taken = taken.get_future();
    thread_ = std::thread([this, database_url, take, &taken] {
      database::Database other(database_url, {.connections = 1, .wait = 20s});
      other.write([&](Transaction& transaction) {
        take(transaction);
        taken.set_value();
        release_.get_future().wait();
      });
    });
    is_taken.wait();
  }
  ~Lock() {
    release_.set_value();
    thread_.join();
  }

 private:
  std::promise<void> release_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("While PostgreSQL is away acts are answered 503, and soon well when it is back",
          "[serial]") {
  if (!has_postgresql()) return;
  const auto away = GENERATE(&Cluster::stop, &Cluster::crash, &Cluster::kill);
  Cluster cluster;
  cluster.start();
  Load load(cluster.url());
  (cluster.*away)();
  check_unavailable(load);
  CHECK_FALSE(load.ready());
  cluster.start();
  load.check_recovery();
  load.check_all_is_kept();
}

TEST_CASE("After PostgreSQL was away for long, people are soon told again", "[serial]") {
  if (!has_postgresql()) return;
  Cluster cluster;
  cluster.start();
  Load load(cluster.url());
  cluster.stop();
  std::this_thread::sleep_for(12s);  // what waits longer and longer, waits long by now
  check_unavailable(load);
  CHECK_FALSE(load.ready());
  cluster.start();
  load.check_recovery();
  load.check_all_is_kept();
}

TEST_CASE("When PostgreSQL cuts all connections, acts go on at once", "[serial]") {
  if (!has_postgresql()) return;
  Cluster cluster;
  cluster.start();
  Load load(cluster.url());
  for (int i = 0; i < 10; ++i) {
    cluster.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
    CHECK(load.traffic->time_until_all_act(recovery_max) < recovery_max);
  }
  load.check_recovery();
  load.check_all_is_kept();
}

TEST_CASE("While another holds the database locked acts are answered 503, and soon well afterwards",
          "[serial]") {
  const auto kind = GENERATE(from_range(database_kinds()));
  FreshDatabase fresh(kind);
  Load load(fresh.url());
  {
    const Lock lock(fresh.url(), [kind](Transaction& transaction) {
      if (kind == database::Kind::sqlite) return;  // its write lock is taken already
      transaction.execute("LOCK TABLE organizations, schema_version IN ACCESS EXCLUSIVE MODE");
    });
    check_unavailable(load);
    CHECK_FALSE(load.ready());
  }
  load.check_recovery();
  load.check_all_is_kept();
}

TEST_CASE("While another holds an organization's row locked, acts there are answered 503",
          "[serial]") {
  if (!has_postgresql()) return;
  FreshDatabase fresh(database::Kind::postgresql);
  Load load(fresh.url());
  {
    const Lock lock(fresh.url(), [](Transaction& transaction) {
      transaction.execute("UPDATE organizations SET version = version + 1");
    });
    check_unavailable(load);
    CHECK(load.ready());  // the others are well
  }
  load.check_recovery();
  load.check_all_is_kept();
}

TEST_CASE("While the disk is full acts are answered 503, and soon well when there is room again",
          "[serial]") {
  const auto kind = GENERATE(from_range(database_kinds()));
  const TemporaryFolder folder;
  std::optional<Cluster> cluster;
  if (kind == database::Kind::postgresql) cluster.emplace();
  // Where the database's own user may look.
  const std::filesystem::path place = cluster ? cluster->folder() : folder.path();
  std::filesystem::copy_file(build_root() + "/tests/libdisk.so", place / "libdisk.so");
  const auto full = place / "full";
  const auto on = [&](const std::filesystem::path& disk) {
    return std::vector<std::string>{"LD_PRELOAD=" + (place / "libdisk.so").string(),
                                    "DISK_FOLDER=" + disk.string(), "DISK_FULL=" + full.string()};
  };
  if (cluster) cluster->start({}, on(place / "data" / "base"));
  Load load(cluster ? cluster->url() : "sqlite:" + (place / "m.db").string(),
            cluster ? std::vector<std::string>{} : on(place / "m.db"));
  std::ofstream(full) << "";
  check_unavailable(load);
  // PostgreSQL finds room for small writes all the time, SQLite until its log is full.
  if (!cluster) CHECK(eventually([&] { return !load.ready(); }));
  std::filesystem::remove(full);
  load.check_recovery();
  load.check_all_is_kept();
}
