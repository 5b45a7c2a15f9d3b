#include "daemon/settings.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <unistd.h>

using namespace std::chrono_literals;
using process::BadSettings;
using process::SettingsReader;

namespace {

// Environment variables of one test: set, and gone afterwards.
class Environment {
 public:
  Environment(std::initializer_list<std::pair<const char*, std::string>> variables) {
    for (const auto& [name, value] : variables) {
      setenv(name, value.c_str(), 1);
      names_.push_back(name);
    }
  }
  ~Environment() {
    for (const char* name : names_) unsetenv(name);
  }

 private:
  std::vector<const char*> names_;
};

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) {
    path_ = (std::filesystem::temp_directory_path() / "countersign-settings-XXXXXX").string();
    close(mkstemp(path_.data()));
    std::ofstream(path_) << content;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Sample {
  std::string database_url;
  std::string note = "default";
  std::string key;
  std::vector<std::string> origins;
  std::int64_t threads = 4;
  bool strict = true;
  std::chrono::milliseconds wait = 5s;
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  SettingsReader::Command command;
};

Sample read(std::vector<std::string> arguments) {
  Sample sample;
  SettingsReader reader("sample");
  reader.required_text("database-url", sample.database_url, "where the data is")
      .text("note", sample.note, "any text")
      .required_secret("master-key", sample.key, "what seals secrets")
      .list("allowed-origins", sample.origins, "who may call from a browser")
      .integer("threads", sample.threads, 1, 64, "how many")
      .boolean("strict", sample.strict, "whether")
      .duration("wait", sample.wait, "how long")
      .address("listen", sample.host, sample.port, "where")
      .command("migrate", {}, "bring the schema up to date")
      .command("import", {"FILE"}, "read a file");
  arguments.insert(arguments.begin(), "sample");
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  sample.command = reader.read(static_cast<int>(pointers.size()), pointers.data());
  return sample;
}

std::vector<std::string> faults_of(const std::vector<std::string>& arguments) {
  try {
    read(arguments);
  } catch (const BadSettings& bad) {
    std::vector<std::string> lines(1);
    for (const char* at = bad.what(); *at != '\0'; ++at) {
      if (*at == '\n') {
        lines.emplace_back();
      } else {
        lines.back() += *at;
      }
    }
    return lines;
  }
  return {};
}

}  // namespace

TEST_CASE("What is not set keeps its default") {
  const Environment environment{{"SAMPLE_MASTER_KEY", "k"}};
  const auto sample = read({"--database-url", "sqlite:x"});
  CHECK(sample.database_url == "sqlite:x");
  CHECK(sample.key == "k");
  CHECK(sample.note == "default");
  CHECK(sample.threads == 4);
  CHECK(sample.strict);
  CHECK(sample.wait == 5s);
  CHECK(sample.host == "127.0.0.1");
  CHECK(sample.port == 8080);
  CHECK(sample.command.name == "serve");
}

TEST_CASE("A flag beats the environment, the environment beats the file") {
  const TemporaryFile file(
      "# where the data is\n"
      "database-url = from file\n"
      "\n"
      "  note=from file = with more \r\n"
      "master-key = from file\n"
      "threads = 8\n");
  CHECK(read({"--config", file.path()}).database_url == "from file");
  CHECK(read({"--config", file.path()}).note == "from file = with more");
  CHECK(read({"--config", file.path()}).key == "from file");
  CHECK(read({"--config", file.path()}).threads == 8);

  const Environment environment{{"SAMPLE_DATABASE_URL", "from environment"},
                                {"SAMPLE_THREADS", "16"},
                                {"SAMPLE_CONFIG", file.path()}};
  CHECK(read({}).database_url == "from environment");
  CHECK(read({}).threads == 16);
  CHECK(read({}).note == "from file = with more");
  CHECK(read({"--database-url", "from flag", "--threads=32"}).database_url == "from flag");
  CHECK(read({"--database-url", "from flag", "--threads=32"}).threads == 32);
}

TEST_CASE("A variable that ends in _FILE names the file that holds the value") {
  const TemporaryFile secret("two words\n");
  const Environment environment{{"SAMPLE_DATABASE_URL", "x"},
                                {"SAMPLE_MASTER_KEY_FILE", secret.path()}};
  CHECK(read({}).key == "two words");

  const Environment both{{"SAMPLE_MASTER_KEY", "other"}};
  CHECK(faults_of({}) ==
        std::vector<std::string>{"SAMPLE_MASTER_KEY and SAMPLE_MASTER_KEY_FILE are both set"});
}

TEST_CASE("A file that cannot be read is named") {
  const Environment environment{{"SAMPLE_DATABASE_URL", "x"},
                                {"SAMPLE_MASTER_KEY_FILE", "/nowhere/at/all"}};
  CHECK(faults_of({"--config", "/nowhere/else"}) ==
        std::vector<std::string>{"--config: cannot read /nowhere/else",
                                 "SAMPLE_MASTER_KEY_FILE: cannot read /nowhere/at/all"});
}

TEST_CASE("Every kind of value is read") {
  const Environment environment{{"SAMPLE_MASTER_KEY", "k"}, {"SAMPLE_DATABASE_URL", "x"}};
  CHECK(read({"--allowed-origins", "https://a.example, https://b.example,"}).origins ==
        std::vector<std::string>{"https://a.example", "https://b.example"});
  CHECK(read({"--allowed-origins", ""}).origins.empty());
  CHECK(read({"--threads", "1"}).threads == 1);
  CHECK(read({"--threads", "64"}).threads == 64);
  CHECK_FALSE(read({"--strict", "false"}).strict);
  CHECK(read({"--wait", "0"}).wait == 0ms);
  CHECK(read({"--wait", "250ms"}).wait == 250ms);
  CHECK(read({"--wait", "90s"}).wait == 90s);
  CHECK(read({"--wait", "15m"}).wait == 15min);
  CHECK(read({"--wait", "12h"}).wait == 12h);
  CHECK(read({"--wait", "30d"}).wait == 720h);
  CHECK(read({"--listen", "0.0.0.0:0"}).host == "0.0.0.0");
  CHECK(read({"--listen", "0.0.0.0:0"}).port == 0);
  CHECK(read({"--listen", "[::1]:65535"}).host == "::1");
  CHECK(read({"--listen", "[::1]:65535"}).port == 65535);
}

TEST_CASE("A malformed value is named, but not shown") {
  const Environment environment{{"SAMPLE_MASTER_KEY", "k"}, {"SAMPLE_DATABASE_URL", "x"}};
  const std::pair<const char*, std::vector<const char*>> odd[] = {
      {"--threads", {"0", "65", "-1", "4.5", "four", "", "0x10", "4 ", "99999999999999999999"}},
      {"--strict", {"yes", "1", "TRUE", ""}},
      {"--wait", {"5", "5 s", "s", "-5s", "1.5h", "5w", "", "99999999999999999999s", "9999999d"}},
      {"--listen",
       {"8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1:80x", "::1:80", "[::1]", "[]:80", "a b:80", ""}}};
  for (const auto& [name, values] : odd) {
    for (const char* value : values) {
      INFO(name << " " << value);
      const auto faults = faults_of({std::string(name) + "=" + value});
      REQUIRE(faults.size() == 1);
      CHECK(faults[0].rfind(name, 0) == 0);
    }
  }
}

TEST_CASE("All that is missing, malformed or unknown is named at once") {
  const TemporaryFile file(
      "note = a\n"
      "note = b\n"
      "colour = blue\n"
      "just text\n");
  const Environment environment{{"SAMPLE_TRHEADS", "5"}, {"SAMPLE_WAIT", "soon"}};
  const auto faults = faults_of({"--config", file.path(), "--strict", "maybe", "--verbose"});
  CHECK(faults == std::vector<std::string>{
                      "--verbose is unknown",
                      "SAMPLE_TRHEADS is unknown",
                      file.path() + " line 2: note is there twice",
                      file.path() + " line 3: colour is unknown",
                      file.path() + " line 4: is not a \"name = value\" line",
                      "--database-url is missing (SAMPLE_DATABASE_URL)",
                      "SAMPLE_MASTER_KEY is missing",
                      "--strict is neither true nor false",
                      "--wait is not a duration such as 250ms, 30s, 15m, 12h or 30d",
                  });
}

TEST_CASE("A secret is never taken from the command line, nor repeated in what is wrong") {
  const Environment environment{{"SAMPLE_DATABASE_URL", "x"}};
  for (const auto& arguments : {std::vector<std::string>{"--master-key", "hunter2"},
                                std::vector<std::string>{"--master-key=hunter2"}}) {
    const auto faults = faults_of(arguments);
    REQUIRE(faults.size() == 2);
    CHECK(faults[0] ==
          "--master-key is a secret: it is taken from SAMPLE_MASTER_KEY or SAMPLE_MASTER_KEY_FILE "
          "only");
    CHECK(faults[1] == "SAMPLE_MASTER_KEY is missing");
  }
}

TEST_CASE("The variables Kubernetes sets for a service of the same name are no faults") {
  const Environment environment{{"SAMPLE_MASTER_KEY", "k"},
                                {"SAMPLE_DATABASE_URL", "x"},
                                {"SAMPLE_SERVICE_HOST", "10.0.0.1"},
                                {"SAMPLE_SERVICE_PORT", "8080"},
                                {"SAMPLE_SERVICE_PORT_HTTP", "8080"},
                                {"SAMPLE_PORT", "tcp://10.0.0.1:8080"},
                                {"SAMPLE_PORT_8080_TCP_ADDR", "10.0.0.1"}};
  CHECK(faults_of({}).empty());
}

TEST_CASE("A command is read with its arguments, and settings may stand on both sides") {
  const Environment environment{{"SAMPLE_MASTER_KEY", "k"}};
  const auto sample = read({"--note", "a", "import", "file.csv", "--database-url", "x"});
  CHECK(sample.command.name == "import");
  CHECK(sample.command.arguments == std::vector<std::string>{"file.csv"});
  CHECK(sample.note == "a");
  CHECK(sample.database_url == "x");
  CHECK(read({"migrate", "--database-url", "x"}).command.name == "migrate");
  CHECK(read({"serve", "--database-url", "x"}).command.name == "serve");

  CHECK(faults_of({"--database-url", "x", "imprt"}) ==
        std::vector<std::string>{"\"imprt\" is not a command"});
  CHECK(faults_of({"--database-url", "x", "migrate", "now"}).size() == 1);
  CHECK(faults_of({"--database-url", "x", "import"}).size() == 1);
}
