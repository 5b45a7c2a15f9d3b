#include "support/membership_traffic.hpp"

#include <algorithm>
#include <stdexcept>

#include "support/system.hpp"

namespace testing {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

namespace {

struct Stopped {};

std::chrono::milliseconds since(Steady::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - begin);
}

}  // namespace

MembershipTraffic::MembershipTraffic(const ServiceProcess& process,
                                     const MembershipNeighbours& neighbours, const Clinic& clinic,
                                     bool process_dies)
    : process_(process),
      neighbours_(neighbours),
      clinic_(clinic),
      process_dies_(process_dies),
      begun_(clinic.people.size()),
      done_(clinic.people.size()) {
  for (std::size_t i = 0; i < clinic.people.size(); ++i) {
    threads_.emplace_back([this, i] { work(i); });
  }
}

void MembershipTraffic::stop() {
  stopped_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

std::chrono::milliseconds MembershipTraffic::time_until_all_act(std::chrono::milliseconds limit) {
  const auto begin = Steady::now();
  const std::vector<int> before(begun_.begin(), begun_.end());
  const bool all = eventually(
      [&] {
        for (std::size_t i = 0; i < before.size(); ++i) {
          if (done_[i] <= before[i]) return false;
        }
        return true;
      },
      limit, 5ms);
  return all ? since(begin) : limit;
}

void MembershipTraffic::work(std::size_t person) {
  try {
    for (bool approve = true;; approve = !approve) round(person, approve);
  } catch (const Stopped&) {
  } catch (const std::exception& exception) {
    const std::lock_guard lock(mutex_);
    failure_ = exception.what();
  }
}

void MembershipTraffic::round(std::size_t person, bool approve) {
  Client client(process_.public_url(), neighbours_.token_of(clinic_.people[person]));
  Client official(process_.public_url(),
                  neighbours_.token_of(clinic_.officials[person % clinic_.officials.size()]));
  const auto remember = [this](const Deed& deed) {
    const std::lock_guard lock(mutex_);
    deeds_.push_back(deed);
  };

  const auto organization = clinic_.organization.text();
  const auto request = insist(person, client, 201, "/v1/role-requests",
                              {{"organizationId", organization}, {"role", "staffUser"}})
                           .at("id")
                           .get<std::string>();
  remember({.role_request = request});
  insist(person, official, 200, "/v1/role-requests/" + request + (approve ? "/approve" : "/deny"),
         Json::object());
  remember({.role_request = request, .status = approve ? "approved" : "denied"});
  if (!approve) return;

  std::string membership;
  const Json members =
      ask([&] {
        return official.get("/v1/organizations/" + organization + "/members?limit=200");
      }).body();
  for (const auto& member : members.at("items")) {
    if (member.at("accountId") == clinic_.people[person].text()) membership = member.at("id");
  }
  if (membership.empty()) throw std::runtime_error("an approved request gave no membership");
  insist(person, official, 200, "/v1/memberships/" + membership + "/remove", Json::object(),
         {{"If-Match", "*"}});
  remember({.removed_membership = membership});
}

Json MembershipTraffic::insist(std::size_t person, Client& client, int status,
                               const std::string& path, const Json& body, Headers headers) {
  headers.emplace_back("Idempotency-Key", vocabulary::new_uuid());
  const int number = ++begun_[person];
  const auto answer = ask([&] { return client.post(path, body, headers); });
  if (answer.status != status) {
    throw std::runtime_error(path + " was answered " + std::to_string(answer.status) + ": " +
                             answer.text);
  }
  done_[person] = number;
  ++acknowledged_;
  return answer.body();
}

Answer MembershipTraffic::ask(const std::function<Answer()>& send) {
  for (;;) {
    if (stopped_) throw Stopped();
    const auto begin = Steady::now();
    try {
      const auto answer = send();
      if (answer.status != 503) return answer;
      if (answer.header("retry-after").empty()) throw std::runtime_error("503 without Retry-After");
      ++unavailable_;
      const std::lock_guard lock(mutex_);
      longest_unavailable_ = std::max(longest_unavailable_.load(), since(begin));
    } catch (const NoAnswer&) {
      if (!process_dies_) throw;
    }
    std::this_thread::sleep_for(20ms);
  }
}

std::string MembershipTraffic::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

std::vector<Deed> MembershipTraffic::deeds() const {
  const std::lock_guard lock(mutex_);
  return deeds_;
}

}  // namespace testing
