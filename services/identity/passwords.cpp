#include "identity/passwords.hpp"

#include <algorithm>
#include <cstdio>
#include <new>
#include <stdexcept>
#include <thread>

#include <sodium.h>

#include "auth/encoding.hpp"

namespace identity {

/// One of the few hashes that run at the same time; false when there was none to be had.
class Passwords::Slot {
 public:
  explicit Slot(Passwords& passwords) : passwords_(passwords) {
    std::unique_lock lock(passwords_.mutex_);
    if (passwords_.free_slots_ == 0 && passwords_.waiting_ >= passwords_.options_.queue_max) return;
    ++passwords_.waiting_;
    held_ = passwords_.slot_freed_.wait_for(lock, passwords_.options_.wait_max,
                                            [&] { return passwords_.free_slots_ > 0; });
    --passwords_.waiting_;
    if (!held_) return;
    --passwords_.free_slots_;
    ++passwords_.counts_.hashes;
  }
  ~Slot() {
    if (!held_) return;
    {
      const std::lock_guard lock(passwords_.mutex_);
      ++passwords_.free_slots_;
    }
    passwords_.slot_freed_.notify_one();
  }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  explicit operator bool() const { return held_; }

 private:
  Passwords& passwords_;
  bool held_ = false;
};

Passwords::Passwords(PasswordHashing options) : options_(options) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
  if (options_.slots == 0) {
    options_.slots = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }
  free_slots_ = options_.slots;
  dummy_ = compute(auth::random_bytes(32));
}

std::string Passwords::compute(std::string_view password) {
  char text[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str(text, password.data(), password.size(), options_.passes, options_.memory) !=
      0) {
    throw std::bad_alloc();
  }
  return text;
}

Result<std::string, Refusal> Passwords::hash(std::string_view password) {
  const Slot slot(*this);
  if (!slot) return Refusal::too_many_password_hashes;
  return compute(password);
}

Result<Passwords::Verdict, Refusal> Passwords::verify(const std::string* stored,
                                                      std::string_view password) {
  const Slot slot(*this);
  if (!slot) return Refusal::too_many_password_hashes;
  const bool real = stored != nullptr && is_affordable(*stored);
  if (real) {
    const std::lock_guard lock(mutex_);
    ++counts_.verifications;
  }
  const std::string& hash = real ? *stored : dummy_;
  const bool matches =
      crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
  if (!real || !matches) return Verdict{false, false};
  return Verdict{
      true, crypto_pwhash_str_needs_rehash(hash.c_str(), options_.passes, options_.memory) != 0};
}

Passwords::Counts Passwords::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

bool is_affordable(const std::string& stored) {
  unsigned memory = 0, passes = 0, lanes = 0;
  char end = '\0';
  return stored.size() < crypto_pwhash_STRBYTES &&
         std::sscanf(stored.c_str(), "$argon2id$v=19$m=%u,t=%u,p=%u%c", &memory, &passes, &lanes,
                     &end) == 4 &&
         end == '$' && memory >= 8 && memory <= 65'536 && passes >= 1 && passes <= 6 && lanes == 1;
}

}  // namespace identity
