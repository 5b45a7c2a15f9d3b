#include "web/idempotency.hpp"

#include <array>
#include <stdexcept>
#include <tuple>

#include <nlohmann/json.hpp>
#include <sodium.h>

namespace web {

namespace {

using database::Transaction;
using nlohmann::json;
using vocabulary::Timestamp;

constexpr std::chrono::hours kept_for{24};
constexpr int base64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

std::string hash(std::initializer_list<std::string_view> parts) {
  std::array<unsigned char, crypto_secretbox_KEYBYTES> digest{};
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, digest.size());
  for (const auto part : parts) {
    const std::uint64_t size = part.size();  // no two lists of parts hash the same bytes
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&size), sizeof size);
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()),
                              part.size());
  }
  crypto_generichash_final(&state, digest.data(), digest.size());
  return {digest.begin(), digest.end()};
}

std::string to_base64(const std::string& bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), base64), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), base64);
  text.pop_back();  // its NUL
  return text;
}

std::string from_base64(const std::string& text) {
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), nullptr, &size, nullptr, base64) != 0) {
    throw std::runtime_error("a stored answer is not base64url");
  }
  bytes.resize(size);
  return bytes;
}

// What a caller, a key and a request become in the database.
struct Claim {
  std::string caller_and_key;
  std::string request_hash;
  std::string sealing_key;

  Claim(const Request& request, const std::string& key) {
    const std::string_view kind = request.principal ? "principal" : "address";
    const std::string& caller =
        request.principal ? request.principal->subject : request.source_address;
    caller_and_key = to_base64(hash({kind, caller, key}));
    // With the key in it, short secrets in a body cannot be found by trying.
    const auto request_bytes = hash({key, to_text(request.method), request.path, request.body});
    request_hash = to_base64(request_bytes);
    sealing_key = hash({"seal", key, request_bytes});
  }
};

std::string seal(const Response& response, const std::string& key) {
  const std::string plain = json{
      {"status", response.status},
      {"contentType", response.content_type},
      {"body", response.body},
      {"headers",
       response.headers}}.dump();
  std::string sealed(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.size(), '\0');
  auto* const nonce = reinterpret_cast<unsigned char*>(sealed.data());
  randombytes_buf(nonce, crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(nonce + crypto_secretbox_NONCEBYTES,
                        reinterpret_cast<const unsigned char*>(plain.data()), plain.size(), nonce,
                        reinterpret_cast<const unsigned char*>(key.data()));
  return to_base64(sealed);
}

Response unseal(const std::string& sealed_text, const std::string& key) {
  const auto sealed = from_base64(sealed_text);
  constexpr auto overhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (sealed.size() < overhead) throw std::runtime_error("a stored answer is cut off");
  std::string plain(sealed.size() - overhead, '\0');
  const auto* const nonce = reinterpret_cast<const unsigned char*>(sealed.data());
  if (crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(plain.data()),
                                 nonce + crypto_secretbox_NONCEBYTES,
                                 sealed.size() - crypto_secretbox_NONCEBYTES, nonce,
                                 reinterpret_cast<const unsigned char*>(key.data())) != 0) {
    throw std::runtime_error("a stored answer does not open");
  }
  const auto stored = json::parse(plain);
  return {stored.at("status").get<int>(), stored.at("contentType").get<std::string>(),
          stored.at("body").get<std::string>(),
          stored.at("headers").get<std::vector<std::pair<std::string, std::string>>>()};
}

// Takes the place of the answer; false when there is one already. On PostgreSQL this waits for a
// concurrent request with the same key, on SQLite there is one writer.
bool reserve(Transaction& transaction, const Claim& claim, Timestamp now,
             const std::string& answer) {
  return transaction.execute(
             "INSERT INTO idempotent_answers"
             " (caller_and_key, request_hash, sealed_answer, created_at)"
             " VALUES (:key, :request, :answer, :now)"
             " ON CONFLICT (caller_and_key) DO UPDATE SET request_hash = excluded.request_hash,"
             " sealed_answer = excluded.sealed_answer, created_at = excluded.created_at"
             " WHERE idempotent_answers.created_at < :expired",
             {{"key", claim.caller_and_key},
              {"request", claim.request_hash},
              {"answer", answer},
              {"now", vocabulary::to_unix(now)},
              {"expired", vocabulary::to_unix(now - kept_for)}}) == 1;
}

Response replay(Transaction& transaction, const Claim& claim) {
  const auto stored = transaction.row<std::string, std::string>(
      "SELECT request_hash, sealed_answer FROM idempotent_answers WHERE caller_and_key = :key",
      {{"key", claim.caller_and_key}});
  // Forgotten in this instant, as it was 24 hours old.
  if (!stored) throw database::Unavailable("the stored answer is gone");
  const auto& [request_hash, sealed_answer] = *stored;
  if (request_hash != claim.request_hash) {
    throw Problem(problems::idempotency_key_reused,
                  "This Idempotency-Key was used before with another request.");
  }
  return unseal(sealed_answer, claim.sealing_key).with("Idempotency-Replayed", "true");
}

bool is_kept(const Response& response) {
  return response.status < 500 && response.status != 401 && response.status != 429;
}

std::string idempotency_key(const Request& request) {
  const auto* key = request.header("idempotency-key");
  if (key == nullptr) return "";
  const bool visible = key->find_first_not_of(
                           "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
                           "abcdefghijklmnopqrstuvwxyz{|}~") == std::string::npos;
  if (key->size() < 8 || key->size() > 64 || !visible) {
    throw Problem(problems::malformed_request,
                  "Idempotency-Key must have 8 to 64 visible ASCII characters.");
  }
  return *key;
}

}  // namespace

Response act_once(database::Database& database, const Request& request, Timestamp now,
                  const std::function<Response(Transaction&)>& act,
                  const std::function<void(Transaction&, const Response&)>& refused) {
  const auto key = idempotency_key(request);
  std::optional<Claim> claim;
  if (!key.empty()) claim.emplace(request, key);
  return database.write([&](Transaction& transaction) {
    if (claim && !reserve(transaction, *claim, now, "")) return replay(transaction, *claim);
    auto response = act(transaction);
    if (response.status >= 400) {
      transaction.undo();
      if (refused) refused(transaction, response);
      if (claim && is_kept(response)) {
        // Undoing let go of the place: a concurrent repeat may have been answered meanwhile.
        if (!reserve(transaction, *claim, now, seal(response, claim->sealing_key))) {
          return replay(transaction, *claim);
        }
      }
    } else if (claim) {
      transaction.execute(
          "UPDATE idempotent_answers SET sealed_answer = :answer WHERE caller_and_key = :key",
          {{"answer", seal(response, claim->sealing_key)}, {"key", claim->caller_and_key}});
    }
    return response;
  });
}

std::int64_t forget_old_answers(Transaction& transaction, Timestamp now) {
  return transaction.execute("DELETE FROM idempotent_answers WHERE created_at < :expired",
                             {{"expired", vocabulary::to_unix(now - kept_for)}});
}

}  // namespace web
