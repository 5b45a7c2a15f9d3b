#include <atomic>
#include <csignal>
#include <cstdlib>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "notes.hpp"

using database::Transaction;
using testing::insert_note;

namespace {

// Reads the numbers that the child says were acknowledged: until there are `enough`, or the pipe's
// end.
void read_acknowledged(int pipe, std::set<std::int64_t>& numbers, std::size_t enough) {
  std::int64_t number = 0;
  while (numbers.size() < enough && ::read(pipe, &number, sizeof number) == sizeof number) {
    numbers.insert(number);
  }
}

// This program again, as the process that is killed.
pid_t start_writer(const std::string& url, std::int64_t first_number, int pipe) {
  const std::string settings =
      url + " " + std::to_string(first_number) + " " + std::to_string(pipe);
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("CRASHING_WRITER", settings.c_str(), 1);
    ::execl("/proc/self/exe", "writer", "A writer that is killed", nullptr);
    ::_exit(127);
  }
  return child;
}

}  // namespace

TEST_CASE("A writer that is killed", "[.]") {
  const char* settings = std::getenv("CRASHING_WRITER");
  if (settings == nullptr) return;
  std::istringstream words(settings);
  std::string url;
  std::atomic<std::int64_t> number;
  std::int64_t first_number = 0;
  int pipe = 0;
  words >> url >> first_number >> pipe;
  number = first_number;
  database::Database database(url);
  testing::on_threads(8, [&](int) {
    for (;;) {
      const std::int64_t mine = number++;
      database.write([&](Transaction& transaction) { insert_note(transaction, mine); });
      if (::write(pipe, &mine, sizeof mine) != sizeof mine) return;
    }
  });
}

TEST_CASE("Every write that was acknowledged before kill -9 is there afterwards") {
  const auto kind = GENERATE(from_range(testing::database_kinds()));
  testing::Notes notes(kind);
  std::set<std::int64_t> acknowledged;
  for (int round = 0; round < 10; ++round) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t writer = start_writer(notes.fresh.url(), (round + 1) * 1'000'000, ends[1]);
    ::close(ends[1]);
    const std::size_t before = acknowledged.size();
    read_acknowledged(ends[0], acknowledged, before + 100);
    CHECK(acknowledged.size() == before + 100);
    ::kill(writer, SIGKILL);
    ::waitpid(writer, nullptr, 0);
    read_acknowledged(ends[0], acknowledged, SIZE_MAX);
    ::close(ends[0]);
    const auto kept = notes.database.read([](Transaction& transaction) {
      return transaction.rows<std::int64_t>("SELECT number FROM notes");
    });
    const std::set<std::tuple<std::int64_t>> there(kept.begin(), kept.end());
    for (const auto number : acknowledged) {
      if (!there.contains(number)) FAIL("lost " << number);
    }
  }
  if (kind == database::Kind::sqlite) CHECK(notes.fresh.run("PRAGMA integrity_check") == "ok");
}
