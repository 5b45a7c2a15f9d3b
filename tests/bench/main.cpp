// Measures membership against floors of the same run: see "Speed" in tests/README.md.

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
#include "bench/world.hpp"

namespace {

using namespace bench;
using database::Kind;
using nlohmann::json;
using std::chrono::milliseconds;

constexpr unsigned seed = 20'261'122;
constexpr std::size_t users = 1'000;
constexpr std::size_t read_clients = 32;
constexpr std::int64_t organizations = 1'000;

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

const char* to_text(Kind kind) {
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
        {"manage-access", &Bench::measure_manage_access}};
    for (const auto& [name, measure] : rows) {
      if (options_.only.empty() || options_.only.contains(name)) (this->*measure)();
    }
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
    const Figure ratio = ratio_of(subject.per_second, floor.per_second);
    report(work, subject.per_second, subject.name + " requests/s", floor.per_second,
           floor.name + " requests/s", ratio, target, {{"subject", subject}, {"floor", floor}});
  }

  void report(const std::string& work, const Figure& subject, const std::string& subject_unit,
              const Figure& floor, const std::string& floor_unit, const Figure& ratio,
              double target, json details) {
    std::printf(
        "%-44s %9.0f [%.0f..%.0f] %s, %9.0f [%.0f..%.0f] %s: %.2f [%.2f..%.2f], target >= %.2f\n",
        work.c_str(), subject.median(), subject.at(0), subject.at(1), subject_unit.c_str(),
        floor.median(), floor.at(0), floor.at(1), floor_unit.c_str(), ratio.median(), ratio.at(0),
        ratio.at(1), target);
    std::fflush(stdout);
    details["work"] = work;
    details["ratio"] = ratio;
    details["target"] = target;
    std::cerr << details.dump() << "\n";
    rows_.push_back(std::move(details));
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
      std::optional<Process> hundred_times;
      if (!options_.quick) {
        hundred_times.emplace(
            options_.programs / "services/membership/membership",
            std::map<std::string, std::string>{{"MEMBERSHIP_DATABASE_URL", data(kind, 100).url()},
                                               {"MEMBERSHIP_IDENTITY_URL", peers_.url()},
                                               {"MEMBERSHIP_NOTIFICATION_URL", peers_.url()}});
        sides.push_back(
            {"100 times", *hundred_times, by_security_officials(large, "GET /v1/manage-access")});
      }
      alternate(sides);
      const std::string where = std::string(" on ") + to_text(kind);
      compare("GET manage-access" + where + " (" + std::to_string(bytes) + " bytes)", sides[1],
              sides[0], 0.5);
      if (sides.size() > 2)
        compare("the same at 100 times the data" + where, sides[2], sides[1], 0.9);
    }
  }

  Options options_;
  Folder folder_;
  Peers peers_;
  std::map<std::pair<Kind, std::int64_t>, std::unique_ptr<Data>> data_;
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
