#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>
#include <tuple>

#include <catch2/catch.hpp>

#include "support/system.hpp"

using namespace testing;
using namespace std::chrono_literals;

namespace {

// (account id, kind, role request or membership): what one person must be told once.
using Told = std::multiset<std::tuple<std::string, std::string, std::string>>;

// Between one person's acts, so that most of the time goes into dying rather than into mails.
constexpr auto pace = 30ms;

// Asks again until there is an answer that says what became of the act.
template <class Ask>
Answer insist(const Ask& ask) {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (true) {
    try {
      const auto answer = ask();
      if (answer.status < 500) return answer;
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error(answer.text);
    } catch (const NoAnswer&) {
      if (std::chrono::steady_clock::now() > deadline) throw;
    }
    std::this_thread::sleep_for(20ms);
  }
}

Answer insist(Client& client, const std::string& path, const Json& body, Headers headers = {}) {
  static std::atomic<int> keys = 0;
  headers.emplace_back("Idempotency-Key", "insist-" + std::to_string(++keys) + "-key");
  return insist([&] { return client.post(path, body, headers); });
}

// A clinic with two officials and some people who ask for access, are approved or denied, and are
// removed, over and over, while processes die. Remembers what was acknowledged.
class BusyClinic {
 public:
  explicit BusyClinic(database::Kind kind) : system(kind) {
    for (int i = 0; i < 3; ++i) {
      const auto number = std::to_string(i);
      requesters_.push_back(system.add_person("requester." + number, "Requester " + number));
    }
    system.add_practice("000000001", "Acme Clinic, LLC", {officials_[0], officials_[1]});
    system.add_practice("000000002", "Greenville Medical Clinic", {elsewhere_});
  }

  // Signs everybody in, and has membership know them.
  void open() {
    clinic_ = system.find_practice(officials_[0], "000000001");
    for (auto* person : everybody()) system.identity_as(*person);
    for (auto& requester : requesters_) {
      const auto request = system.ask(requester, clinic_, "staffUser");
      system.membership_as(requester).post("/v1/role-requests/" + request + "/withdraw");
      for (const auto& official : officials_) tell(official, "roleRequestReceived", request);
    }
  }

  // What went wrong on the thread, if anything, is in failure().
  void work(std::size_t requester, unsigned seed) {
    try {
      std::mt19937 random(seed);
      while (!stopped_) {
        round(requesters_[requester], random() % 2, random() % 2 == 0);
        std::this_thread::sleep_for(pace);
      }
    } catch (const std::exception& exception) {
      const std::lock_guard lock(mutex_);
      failure_ = exception.what();
    }
  }

  // Identity's share of the load: somebody who keeps changing their name.
  void rename() {
    try {
      while (!stopped_) {
        const auto name = "Else Where " + std::to_string(++renamed_);
        auto client = system.identity_as(elsewhere_);
        expect(insist([&] {
                 return client.patch("/v1/account", {{"name", name}}, {{"If-Match", "*"}});
               }),
               200);
        std::this_thread::sleep_for(pace);
      }
    } catch (const std::exception& exception) {
      const std::lock_guard lock(mutex_);
      failure_ = exception.what();
    }
  }

  void round(Person& requester, std::size_t decider, bool approve) {
    auto as_requester = system.membership_as(requester);
    auto as_official = system.membership_as(officials_[decider]);
    const auto asked = insist(as_requester, "/v1/role-requests",
                              {{"organizationId", clinic_}, {"role", "staffUser"}});
    const auto request = expect(asked, 201).at("id").get<std::string>();
    for (const auto& official : officials_) tell(official, "roleRequestReceived", request);

    const std::string verdict = approve ? "approved" : "denied";
    expect(insist(as_official, "/v1/role-requests/" + request + (approve ? "/approve" : "/deny"),
                  {{"reason", "Reason " + request}}),
           200);
    tell(requester, approve ? "roleRequestApproved" : "roleRequestDenied", request);
    tell(officials_[decider], "roleRequestDecidedByYou", request);
    {
      const std::lock_guard lock(mutex_);
      verdicts_[request] = {&requester, verdict};
      ++acknowledged_;
    }
    if (!approve) return;

    std::string membership;
    while (membership.empty()) {
      try {
        membership = system.member(clinic_, requester, officials_[decider]).at("id");
      } catch (const NoAnswer&) {
        std::this_thread::sleep_for(20ms);
      }
    }
    expect(insist(as_official, "/v1/memberships/" + membership + "/remove", Json::object(),
                  {{"If-Match", "*"}}),
           200);
    tell(requester, "accessRemoved", membership);
    tell(officials_[decider], "accessRemovedByYou", membership);
    tell(officials_[1 - decider], "memberRemoved", membership);
  }

  void stop() { stopped_ = true; }
  int acknowledged() const { return acknowledged_; }
  std::string failure() {
    const std::lock_guard lock(mutex_);
    return failure_;
  }
  std::size_t requesters() const { return requesters_.size(); }

  // The last acknowledged name stands, and has come to membership.
  void check_name() {
    const auto name = "Else Where " + std::to_string(renamed_);
    CHECK(system.identity_as(elsewhere_).get("/v1/account").body()["name"] == name);
    auto client = system.membership_as(elsewhere_);
    CHECK(eventually([&] { return client.get("/v1/manage-access").body()["name"] == name; }));
  }

  // Every acknowledged decision stands.
  void check_verdicts() {
    for (const auto& [request, decided] : verdicts_) {
      CAPTURE(request);
      const auto answer = system.membership_as(*decided.first).get("/v1/role-requests/" + request);
      CHECK(answer.body()["status"] == decided.second);
    }
  }

  // Everybody is told what they must be, once in the application, and nobody anything else.
  void check_notifications() {
    Told told;
    CHECK(eventually([&] { return (told = told_in_application()).size() >= must_tell_.size(); },
                     2min));
    CHECK(told == must_tell_);
  }

  // And at least once by email: decisions are known by their reason.
  void check_mails() {
    std::string missing;
    const auto all_came = [&] {
      std::map<std::string, int> received;
      std::set<std::string> decisions;
      for (const auto& mail : system.mail.mails()) {
        ++received[mail.to.front()];
        const auto reason = mail.text.find("Reason 0");
        if (reason != mail.text.npos) {
          decisions.insert(mail.to.front() + " " + mail.text.substr(reason + 7, 36));
        }
      }
      missing = "";
      for (const auto& [account, kind, about] : must_tell_) {
        const auto& person = person_of(account);
        if (kind == "roleRequestReceived") continue;
        if (kind.starts_with("roleRequest") &&
            !decisions.contains(person.email_address + " " + about)) {
          missing = kind + " to " + person.user_id;
        }
        --received[person.email_address];
      }
      for (const auto& [account, kind, about] : must_tell_) {
        if (kind == "roleRequestReceived") --received[person_of(account).email_address];
      }
      for (const auto& [address, left] : received) {
        if (left < 0) missing = std::to_string(-left) + " mails to " + address;
      }
      return missing.empty();
    };
    const bool came = eventually(all_came, 3min, 1s);
    CAPTURE(missing);
    CHECK(came);
  }

  System system;

 private:
  static Json expect(const Answer& answer, int status) {
    if (answer.status != status) {
      throw std::runtime_error("answered " + std::to_string(answer.status) + ": " + answer.text);
    }
    return answer.body();
  }

  void tell(const Person& person, const std::string& kind, const std::string& about) {
    const std::lock_guard lock(mutex_);
    must_tell_.emplace(person.account_id, kind, about);
  }

  Told told_in_application() {
    Told told;
    for (auto* person : everybody()) {
      for (const auto& notification : system.notifications(*person)) {
        const auto& data = notification["data"];
        told.emplace(person->account_id, notification["kind"],
                     data.value("roleRequestId", data.value("membershipId", "")));
      }
    }
    return told;
  }

  std::vector<Person*> everybody() {
    std::vector<Person*> all{&officials_[0], &officials_[1], &elsewhere_};
    for (auto& requester : requesters_) all.push_back(&requester);
    return all;
  }

  const Person& person_of(const std::string& account_id) {
    for (const auto* person : everybody()) {
      if (person->account_id == account_id) return *person;
    }
    throw std::logic_error("nobody's account");
  }

  Person officials_[2] = {system.add_person("ada.one", "Ada One"),
                          system.add_person("grace.two", "Grace Two")};
  Person elsewhere_ = system.add_person("else.where", "Else Where");
  std::vector<Person> requesters_;
  std::string clinic_;
  std::atomic<bool> stopped_ = false;
  std::atomic<int> acknowledged_ = 0;
  int renamed_ = 0;  // by one thread
  std::mutex mutex_;
  std::string failure_;
  std::map<std::string, std::pair<Person*, std::string>> verdicts_;  // by role request
  Told must_tell_;
};

}  // namespace

TEST_CASE("No acknowledged decision is lost when processes are killed, and all are told of it",
          "[serial]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  BusyClinic clinic(GENERATE(from_range(database_kinds())));
  clinic.system.start();
  clinic.open();
  std::vector<std::thread> load;
  for (std::size_t i = 0; i < clinic.requesters(); ++i) {
    load.emplace_back(
        [&clinic, i, first = static_cast<unsigned>(random())] { clinic.work(i, first); });
  }
  load.emplace_back([&clinic] { clinic.rename(); });
  ServiceProcess* const services[] = {&clinic.system.identity, &clinic.system.membership,
                                      &clinic.system.notification};
  try {
    for (int kill = 0; kill < 20; ++kill) {
      for (auto* service : services) {
        const int before = clinic.acknowledged();
        if (!eventually([&] { return clinic.acknowledged() > before; }, 30s)) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(random() % 50));  // any moment
        service->kill();
        service->start();
      }
    }
  } catch (const std::exception& exception) {
    FAIL_CHECK(exception.what());
  }
  clinic.stop();
  for (auto& thread : load) thread.join();

  REQUIRE(clinic.failure() == "");
  CHECK(clinic.acknowledged() >= 60);
  CHECK_THAT(clinic.system.membership.command({"verify-audit"}), Catch::StartsWith("good: "));
  CHECK_THAT(clinic.system.membership.command({"replay-audit"}), Catch::StartsWith("good: "));
  clinic.check_name();
  clinic.check_verdicts();
  clinic.check_notifications();
  clinic.check_mails();
}

TEST_CASE("What happened while notification was down is told when it returns", "[serial]") {
  BusyClinic clinic(GENERATE(from_range(database_kinds())));
  clinic.system.start();
  clinic.open();
  clinic.check_notifications();
  clinic.system.notification.kill();
  std::vector<std::thread> load;
  for (std::size_t i = 0; i < clinic.requesters(); ++i) {
    load.emplace_back([&clinic, i] { clinic.work(i, static_cast<unsigned>(i)); });
  }
  CHECK(eventually([&] { return clinic.acknowledged() >= 300; }, 60s));
  clinic.stop();
  for (auto& thread : load) thread.join();
  REQUIRE(clinic.failure() == "");

  clinic.system.notification.start();
  clinic.check_verdicts();
  clinic.check_notifications();
  clinic.check_mails();
}
