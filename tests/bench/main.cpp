// Measures membership against floors of the same run: see "Speed" in tests/README.md.

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>

#include <stdlib.h>

#include "bench/data.hpp"
#include "bench/figures.hpp"
#include "bench/load.hpp"
#include "bench/processes.hpp"
#include "bench/replay.hpp"
#include "bench/world.hpp"

namespace {

using namespace bench;
using database::Kind;
using nlohmann::json;
using std::chrono::milliseconds;

constexpr unsigned seed = 20'261'122;
constexpr std::size_t users = 1'000;
constexpr std::size_t read_clients = 32;
constexpr std::size_t decision_clients = 64;
constexpr std::int64_t organizations = 1'000;
constexpr double reads_per_second = 200;

struct Options {
  std::filesystem::path programs;
  std::set<std::string> only;
  std::string json_file;
  bool quick = false;

  milliseconds round() const { return milliseconds(quick ? 1'000 : 4'000); }
  milliseconds warm_up() const { return milliseconds(quick ? 300 : 1'000); }
  int rounds() const { return quick ? 3 : 7; }
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const auto value = [&] {
      if (++i == argc) throw std::invalid_argument(argument + " needs a value");
      return std::string(argv[i]);
    };
    if (argument == "--quick") {
      options.quick = true;
    } else if (argument == "--programs") {
      options.programs = value();
    } else if (argument == "--only") {
      options.only.insert(value());
    } else if (argument == "--json") {
      options.json_file = value();
    } else {
      throw std::invalid_argument("unknown argument " + argument);
    }
  }
  return options;
}

const char* name_of(Kind kind) {
  return kind == Kind::sqlite ? "SQLite" : "PostgreSQL";
}

class Folder {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "countersign-bench-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string request(const std::string& line, const std::string& token,
                    const std::string& body = "") {
  std::string bytes = line + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token;
  if (!body.empty()) {
    bytes += "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size());
  }
  return bytes + "\r\n\r\n" + body;
}

/// Clients that send `requests` over and over, each from a place of its own.
std::vector<Client> repeating(std::size_t clients,
                              std::shared_ptr<const std::vector<std::string>> requests) {
  std::vector<Client> all;
  for (std::size_t i = 0; i < clients; ++i) {
    all.push_back([requests, next = i * 7919](const Answer*) mutable -> std::string_view {
      return (*requests)[next++ % requests->size()];
    });
  }
  return all;
}

/// One side of a comparison of requests a second.
struct Side {
  std::string name;
  const Process& process;
  std::shared_ptr<const std::vector<std::string>> requests;
  Figure per_second = {}, cpu_micros = {}, p99 = {};
};

void to_json(json& to, const Side& side) {
  to = {{"name", side.name},
        {"perSecond", side.per_second},
        {"cpuMicrosPerRequest", side.cpu_micros},
        {"p99Milliseconds", side.p99},
        {"residentMib", side.process.resident_mib()}};
}

class Bench {
 public:
  explicit Bench(Options options) : options_(std::move(options)) {}

  void run() {
    const std::pair<const char*, void (Bench::*)()> rows[] = {
        {"manage-access", &Bench::measure_manage_access},
        {"authorization-checks", &Bench::measure_authorization_checks},
        {"decisions", &Bench::measure_decisions},
        {"reads-beside-decisions", &Bench::measure_reads_beside_decisions},
        {"start", &Bench::measure_start},
        {"memory", &Bench::measure_memory}};
    for (const auto& [name, measure] : rows) {
      if (!options_.only.empty() && !options_.only.contains(name)) continue;
      stolen_ = {};
      (this->*measure)();
    }
    print_table();
    if (!options_.json_file.empty()) {
      std::ofstream(options_.json_file)
          << json{{"cores", std::thread::hardware_concurrency()}, {"seed", seed}, {"rows", rows_}}
                 .dump(2)
          << '\n';
    }
  }

 private:
  const Data& data(Kind kind, std::int64_t times) {
    auto& kept = data_[{kind, times}];
    if (!kept) {
      kept = std::make_unique<Data>(kind, World(times * organizations), options_.programs,
                                    folder_.path());
    }
    return *kept;
  }

  Process membership(const Data& data) {
    return Process(options_.programs / "services/membership/membership",
                   {{"MEMBERSHIP_DATABASE_URL", data.url()},
                    {"MEMBERSHIP_IDENTITY_URL", peers_.url()},
                    {"MEMBERSHIP_NOTIFICATION_URL", peers_.url()}});
  }

  Process floor(std::size_t bytes) {
    return Process(options_.programs / "tests/bench/bench_floor",
                   {{"MEMBERSHIP_DATABASE_URL", "sqlite:none"},
                    {"MEMBERSHIP_IDENTITY_URL", peers_.url()},
                    {"FLOOR_BYTES", std::to_string(bytes)}});
  }

  /// `line` as it is sent by many Security Officials.
  std::shared_ptr<const std::vector<std::string>> by_security_officials(const World& world,
                                                                        const std::string& line) {
    std::mt19937_64 random(seed);
    auto requests = std::make_shared<std::vector<std::string>>();
    for (std::size_t i = 0; i < users; ++i) {
      const auto organization =
          static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(world.organizations()));
      requests->push_back(
          request(line, peers_.token_of(World::account_id(world.security_official(organization)))));
    }
    return requests;
  }

  /// Bytes of the answer to one of `requests`, on average.
  static std::size_t answer_bytes(const Process& process,
                                  std::shared_ptr<const std::vector<std::string>> requests) {
    std::size_t bytes = 0, answers = 0;
    auto client = repeating(1, requests).front();
    bench::run({.port = process.port(), .warm_up = milliseconds(0), .requests_max = users},
               {[&](const Answer* answer) {
                 if (answer != nullptr) {
                   if (answer->status != 200)
                     throw std::runtime_error("the subject answers " + std::string(answer->body));
                   bytes += answer->body.size();
                   ++answers;
                 }
                 return client(answer);
               }});
    return bytes / answers;
  }

  /// Loads all sides in turn, round after round.
  void alternate(std::deque<Side>& sides) {
    for (int round = 0; round < options_.rounds(); ++round) {
      for (Side& side : sides) {
        double cpu = 0;
        const auto measured = bench::run({.port = side.process.port(),
                                          .warm_up = options_.warm_up(),
                                          .duration = options_.round()},
                                         repeating(read_clients, side.requests),
                                         [&] { cpu = side.process.cpu_seconds(); });
        if (measured.refused > 0) throw std::runtime_error(side.name + " refuses");
        side.per_second.add(measured.per_second());
        side.cpu_micros.add((side.process.cpu_seconds() - cpu) * 1e6 /
                            static_cast<double>(measured.answered));
        side.p99.add(measured.percentile(0.99));
      }
    }
  }

  void compare(const std::string& work, const Side& subject, const Side& floor, double target) {
    report(work, {subject.name + " requests/s", subject.per_second},
           {floor.name + " requests/s", floor.per_second},
           {target,
            {{"subjectSide", subject},
             {"floorSide", floor},
             {"use", to_text(subject.cpu_micros) + " us, floor " + to_text(floor.cpu_micros) +
                         " us, " + std::to_string(std::lround(subject.process.resident_mib())) +
                         " MiB"}}});
  }

  struct Quantity {
    std::string unit;
    Figure figure;
  };
  struct Target {
    double value;
    json details = json::object();
    bool at_most = false;
  };

  void report(const std::string& work, const Quantity& subject, const Quantity& floor,
              Target target) {
    const Figure ratio = ratio_of(subject.figure, floor.figure);
    target.details.update({{"floor", floor.figure}, {"floorUnit", floor.unit}, {"ratio", ratio}});
    keep(work, subject, ratio, target);
  }

  void report(const std::string& work, const Quantity& subject, double at_most) {
    keep(work, subject, subject.figure, {.value = at_most, .at_most = true});
  }

  void keep(const std::string& work, const Quantity& subject, const Figure& judged, Target target) {
    const double value = judged.median();
    json row = std::move(target.details);
    row.update({{"work", work},
                {"subject", subject.figure},
                {"subjectUnit", subject.unit},
                {"target", target.value},
                {"atMost", target.at_most},
                {"met", target.at_most ? value <= target.value : value >= target.value},
                {"stolen", stolen_.share()}});
    std::cerr << to_line(row);
    rows_.push_back(std::move(row));
  }

  void print_table() const {
    std::cout << "| work | figure | floor | ratio | target | CPU a request, resident | stolen |\n"
                 "|---|---|---|---|---|---|---|\n";
    for (const json& row : rows_) std::cout << to_line(row);
  }

  static std::string to_line(const json& row) {
    const auto text = [&row](const char* name) { return row.value(name, ""); };
    const auto figure = [&row](const char* name, int digits) {
      return row.contains(name) ? to_text(row.at(name), digits) : "";
    };
    char target[64];
    std::snprintf(target, sizeof target, "%s %g: %s",
                  row.at("atMost").get<bool>() ? "<=" : ">=", row.at("target").get<double>(),
                  row.at("met").get<bool>() ? "met" : "missed");
    char stolen[16];
    std::snprintf(stolen, sizeof stolen, "%.0f %%", 100 * row.at("stolen").get<double>());
    std::string line;
    for (const std::string& cell :
         {text("work"), figure("subject", 1) + " " + text("subjectUnit"),
          figure("floor", 1) + " " + text("floorUnit"), figure("ratio", 2), std::string(target),
          text("use"), std::string(stolen)}) {
      line += "| " + cell + " ";
    }
    return line + "|\n";
  }

  static std::string to_text(const json& figure, int digits = 1) {
    char text[96];
    std::snprintf(text, sizeof text, "%.*f [%.*f to %.*f]", digits,
                  figure.at("median").get<double>(), digits, figure.at("low").get<double>(), digits,
                  figure.at("high").get<double>());
    return text;
  }

  void measure_manage_access() {
    const World small(organizations);
    const World large(100 * organizations);
    for (const Kind kind : {Kind::sqlite, Kind::postgresql}) {
      const Process once = membership(data(kind, 1));
      const auto ask = by_security_officials(small, "GET /v1/manage-access");
      const auto bytes = answer_bytes(once, ask);
      const Process constant = floor(bytes);
      std::deque<Side> sides;
      sides.push_back({"constant", constant, by_security_officials(small, "GET /v1/constant")});
      sides.push_back({"1 times", once, ask});
      std::unique_ptr<Process> hundred_times;
      if (!options_.quick) {
        hundred_times.reset(new Process(membership(data(kind, 100))));
        sides.push_back(
            {"100 times", *hundred_times, by_security_officials(large, "GET /v1/manage-access")});
      }
      alternate(sides);
      const std::string where = std::string(" on ") + name_of(kind);
      compare("GET manage-access" + where + " (" + std::to_string(bytes) + " bytes)", sides[1],
              sides[0], 0.5);
      if (sides.size() > 2)
        compare("the same at 100 times the data" + where, sides[2], sides[1], 0.9);
    }
  }

  void measure_authorization_checks() {
    const World world(organizations);
    const std::string token = peers_.token_of_partner("bench");
    const auto checks = [&](const std::string& path) {
      std::mt19937_64 random(seed);
      auto requests = std::make_shared<std::vector<std::string>>();
      for (std::size_t i = 0; i < users; ++i) {
        const auto account = static_cast<std::int64_t>(random() % (2 * organizations));
        const auto organization = static_cast<std::int64_t>(random() % organizations);
        requests->push_back(request(
            "POST " + path, token,
            json{{"checks",
                  json::array({{{"accountId",
                                 World::account_id(
                                     i % 2 == 0 ? world.security_official(organization) : account)},
                                {"organizationId", World::organization_id(organization)},
                                {"action", "viewUsers"}}})}}
                .dump()));
      }
      return requests;
    };
    for (const Kind kind : {Kind::sqlite, Kind::postgresql}) {
      const Process process = membership(data(kind, 1));
      const auto asked = checks("/v1/authorization-checks");
      const auto bytes = answer_bytes(process, asked);
      const Process constant = floor(bytes);
      std::deque<Side> sides;
      sides.push_back({"constant", constant, checks("/v1/constant")});
      sides.push_back({"one check", process, asked});
      alternate(sides);
      compare(std::string("POST authorization-checks on ") + name_of(kind), sides[1], sides[0],
              0.7);
    }
  }

  /// A client that asks for roles and approves each request itself, as its decider.
  Client decisions(Asks& asks) {
    struct State {
      Ask ask;
      std::string bytes;
      bool asked = false;
    };
    return [this, &asks, state = State{}](const Answer* answer) mutable -> std::string_view {
      if (answer != nullptr && answer->status >= 400) {
        throw std::runtime_error("the subject answers " + std::string(answer->body));
      }
      if (!state.asked) {
        state.ask = asks.next();
        state.bytes =
            request("POST /v1/role-requests", token_of(state.ask.requester),
                    json{{"organizationId", World::organization_id(state.ask.organization)},
                         {"role", "staffUser"}}
                        .dump());
      } else {
        constexpr std::string_view name = "Location: ";
        const auto location = answer->head.substr(answer->head.find(name) + name.size());
        state.bytes =
            request("POST " + std::string(location.substr(0, location.find('\r'))) + "/approve",
                    token_of(state.ask.decider), "{}");
      }
      state.asked = !state.asked;
      return state.bytes;
    };
  }

  std::vector<Client> decisions(std::vector<Asks>& asks) {
    std::vector<Client> clients;
    for (Asks& each : asks) clients.push_back(decisions(each));
    return clients;
  }

  static std::vector<Asks> asks() {
    std::vector<Asks> all;
    for (std::size_t i = 0; i < decision_clients; ++i) {
      all.emplace_back(World(organizations), std::int64_t(i), std::int64_t(decision_clients));
    }
    return all;
  }

  const std::string& token_of(std::int64_t account) {
    auto& token = tokens_[account];
    if (token.empty()) token = peers_.token_of(World::account_id(account));
    return token;
  }

  void measure_decisions() {
    // What is run does not depend on the database.
    const Data noted(data(Kind::sqlite, 1));
    auto noted_asks = asks();
    const auto acts = record_decisions(noted.url(), noted_asks, options_.quick ? 100 : 600);
    for (const Kind kind : {Kind::sqlite, Kind::postgresql}) {
      const Data& original = data(kind, 1);
      const Data bare(original), bare_without_audit(original), served(original);
      Replay with_audit(bare, acts), without_audit(bare_without_audit, without(acts, "audit_"));
      auto served_asks = asks();
      const Process process = membership(served);
      Figure floor, floor_without_audit, subject, cpu;
      for (int round = 0; round < options_.rounds(); ++round) {
        floor.add(with_audit.run(options_.round()));
        floor_without_audit.add(without_audit.run(options_.round()));
        double used = 0;
        const auto measured = bench::run(
            {.port = process.port(), .warm_up = options_.warm_up(), .duration = options_.round()},
            decisions(served_asks), [&] { used = process.cpu_seconds(); });
        // On SQLite a decision is both acts, and each act of the floor has a commit of its own.
        subject.add(measured.per_second() / (kind == Kind::sqlite ? 2 : 1));
        cpu.add((process.cpu_seconds() - used) * 1e6 / double(measured.answered));
      }
      report(std::string("create + approve on ") + name_of(kind),
             {kind == Kind::sqlite ? "decisions/s" : "acts/s", subject},
             {kind == Kind::sqlite ? "bare commits/s" : "bare transactions/s", floor},
             {kind == Kind::sqlite ? 1.5 : 0.6,
              {{"floorWithoutAudit", floor_without_audit},
               {"use", to_text(cpu) + " us an act, floor without the audit " +
                           to_text(floor_without_audit) + "/s"}}});
    }
  }

  void measure_reads_beside_decisions() {
    for (const Kind kind : {Kind::sqlite, Kind::postgresql}) {
      const Data served(data(kind, 1));
      const Process process = membership(served);
      const auto reads = by_security_officials(World(organizations), "GET /v1/manage-access");
      auto all_asks = asks();
      const auto peak = bench::run(
          {.port = process.port(), .warm_up = options_.warm_up(), .duration = options_.round()},
          decisions(all_asks));
      const auto read = [&] {
        return bench::run({.port = process.port(),
                           .warm_up = options_.warm_up(),
                           .duration = options_.round(),
                           .rate = reads_per_second},
                          repeating(read_clients, reads))
            .percentile(0.99);
      };
      Figure idle, beside, decided;
      for (int round = 0; round < options_.rounds(); ++round) {
        idle.add(read());
        std::exception_ptr failure;
        std::thread deciding([&] {
          try {
            const auto measured = bench::run({.port = process.port(),
                                              .warm_up = options_.warm_up(),
                                              .duration = options_.round(),
                                              .rate = peak.per_second() / 2},
                                             decisions(all_asks));
            decided.add(measured.per_second() / 2);
          } catch (...) {
            failure = std::current_exception();
          }
        });
        beside.add(read());
        deciding.join();
        if (failure) std::rethrow_exception(failure);
      }
      report(std::string("p99 of reads beside decisions on ") + name_of(kind), {"ms", beside},
             {"ms idle", idle}, {3, {{"decisionsPerSecond", decided}}, true});
    }
  }

  void measure_start() {
    for (const Kind kind : {Kind::sqlite, Kind::postgresql}) {
      Figure start;
      for (int round = 0; round < 3 * options_.rounds(); ++round) {
        start.add(static_cast<double>(membership(data(kind, 1)).time_to_ready().count()) / 1'000);
      }
      report(std::string("start to first readyz on ") + name_of(kind), {"ms", start}, 50);
    }
  }

  void measure_memory() {
    const std::size_t requests = options_.quick ? 20'000 : 1'000'000;
    for (const Kind kind : {Kind::sqlite, Kind::postgresql}) {
      const Data served(data(kind, 1));
      const Process process = membership(served);
      std::this_thread::sleep_for(std::chrono::seconds(1));
      Figure idle, warm, loaded;
      idle.add(process.resident_mib());
      const auto reads = by_security_officials(World(organizations), "GET /v1/manage-access");
      const auto load = [&](std::size_t count) {
        bench::run({.port = process.port(),
                    .warm_up = milliseconds(0),
                    .duration = std::chrono::minutes(8),
                    .requests_max = count},
                   repeating(read_clients, reads));
        return process.resident_mib();
      };
      warm.add(load(requests / 10));
      loaded.add(load(requests));
      report(std::string("resident, idle, on ") + name_of(kind), {"MiB", idle}, 20);
      report(std::string("resident after ") + std::to_string(requests) + " requests on " +
                 name_of(kind),
             {"MiB", loaded}, {"MiB after a tenth", warm}, {.value = 1.02, .at_most = true});
    }
  }

  Options options_;
  Folder folder_;
  Peers peers_;
  std::map<std::pair<Kind, std::int64_t>, std::unique_ptr<Data>> data_;
  std::map<std::int64_t, std::string> tokens_;
  Stolen stolen_;
  json rows_ = json::array();
};

}  // namespace

int main(int argc, char** argv) try {
  Bench(parse(argc, argv)).run();
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "bench: " << error.what() << '\n';
  return EXIT_FAILURE;
}
