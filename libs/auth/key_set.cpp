#include "auth/key_set.hpp"

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "auth/url.hpp"
#include "rest_client/rest_client.hpp"

namespace auth {

namespace {

using std::chrono::steady_clock;
using Keys = std::map<std::string, Key>;

constexpr std::chrono::seconds wait_max{1};

Keys parse_keys(const std::string& body) {
  const auto document = nlohmann::json::parse(body, nullptr, false);
  Keys keys;
  const auto list = document.is_object() ? document.find("keys") : document.end();
  if (list == document.end() || !list->is_array()) return keys;
  for (const auto& jwk : *list) {
    if (const auto key = Key::from_jwk(jwk)) keys.emplace(key->id(), *key);
  }
  return keys;
}

}  // namespace

struct KeySet::State {
  State(const Url& url, KeySetPace with_pace)
      : path(url.path),
        pace(with_pace),
        client(url.base,
               {.connect_timeout = std::chrono::seconds(1), .deadline = std::chrono::seconds(3)}),
        thread([this] { run(); }) {}

  ~State() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    thread.join();
  }

  // No keys: away, or an answer that is not a key set.
  Keys fetch() {
    try {
      const auto answer = client.get(path);
      return answer.status == 200 ? parse_keys(answer.body) : Keys();
    } catch (const std::exception&) {
      return {};
    }
  }

  void run() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      wanted = false;
      fetching = true;
      started = steady_clock::now();
      lock.unlock();
      auto fetched = fetch();
      lock.lock();
      const bool succeeded = !fetched.empty();
      if (succeeded) {
        keys = std::move(fetched);
        fetched_at = steady_clock::now();
      }
      if (succeeded != last_succeeded) {
        spdlog::log(
            succeeded ? spdlog::level::info : spdlog::level::warn,
            succeeded ? "the issuer's keys are fetched" : "the issuer's keys cannot be fetched");
        last_succeeded = succeeded;
      }
      ++attempts;
      fetching = false;
      changed.notify_all();
      const auto pause = succeeded ? pace.refresh : fetched_at ? pace.retry : pace.first_retry;
      changed.wait_for(lock, pause, [this] { return stopping || wanted; });
    }
  }

  bool usable() const { return fetched_at && steady_clock::now() < *fetched_at + pace.usable; }

  const Key* known(const std::string& key_id) const {
    const auto found = usable() ? keys.find(key_id) : keys.end();
    return found == keys.end() ? nullptr : &found->second;
  }

  const std::string path;
  const KeySetPace pace;
  rest_client::Client client;

  mutable std::mutex mutex;
  std::condition_variable changed;
  Keys keys;
  std::optional<steady_clock::time_point> fetched_at;
  steady_clock::time_point started;  // of the latest fetch
  std::uint64_t attempts = 0;
  std::optional<bool> last_succeeded;
  bool fetching = false;
  bool wanted = false;
  bool stopping = false;
  std::thread thread;  // last: it uses all of the above
};

KeySet::KeySet(std::string url, KeySetPace pace)
    : state_(std::make_unique<State>(Url(url), pace)) {}

KeySet::~KeySet() = default;

std::optional<Key> KeySet::find(const std::string& key_id) {
  std::unique_lock lock(state_->mutex);
  if (const auto* key = state_->known(key_id)) return *key;
  if (!state_->fetching) {
    if (state_->attempts > 0 && steady_clock::now() < state_->started + state_->pace.retry) {
      return std::nullopt;
    }
    state_->wanted = true;
    state_->changed.notify_all();
  }
  const auto attempts = state_->attempts;
  state_->changed.wait_for(lock, wait_max, [&] { return state_->attempts > attempts; });
  const auto* key = state_->known(key_id);
  return key ? std::optional(*key) : std::nullopt;
}

bool KeySet::ready() const {
  const std::lock_guard lock(state_->mutex);
  return state_->usable();
}

}  // namespace auth
