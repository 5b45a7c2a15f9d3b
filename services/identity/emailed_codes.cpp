#include "identity/emailed_codes.hpp"

#include "auth/encoding.hpp"
#include "identity/notices.hpp"
#include "identity/storage/store.hpp"

namespace identity {

namespace {

constexpr int code_digits = 8;

std::string hash_of(const Service& service, CodePurpose purpose, const std::string& subject,
                    const std::string& code) {
  return service.secrets.fingerprint(code, std::string(to_text(purpose)) + " " + subject);
}

}  // namespace

void issue_code(const Service& service, database::Transaction& transaction, const Account& account,
                CodePurpose purpose, const std::string& subject, Timestamp now) {
  const std::string code = random_digits(code_digits);
  const Timestamp expires_at = now + emailed_code_lifetime;
  Store(transaction)
      .set_emailed_code(purpose, subject, hash_of(service, purpose, subject, code), expires_at);
  tell_code(transaction, account, purpose, code, expires_at, now);
}

bool use_code(const Service& service, database::Transaction& transaction, CodePurpose purpose,
              const std::string& subject, const std::optional<std::string>& expected,
              const std::string& code, Timestamp now) {
  return expected &&
         auth::equal_in_constant_time(*expected, hash_of(service, purpose, subject, code)) &&
         Store(transaction).use_emailed_code(purpose, subject, *expected, now);
}

}  // namespace identity
