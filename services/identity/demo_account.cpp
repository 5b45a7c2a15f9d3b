#include "identity/demo_account.hpp"

#include "identity/notices.hpp"
#include "identity/second_factors.hpp"
#include "identity/storage/store.hpp"

namespace identity {

Result<DemoAccount, Refusal> create_demo_account(const Service& service,
                                                 database::Transaction& transaction,
                                                 const NewAccount& account, const Origin& origin) {
  Store store(transaction);
  const auto created = register_account(transaction, account, origin);
  if (!created) return created.error();
  if (!store.verify_email_address(*created, origin.now)) return Refusal::email_address_taken;
  tell_account(transaction, *created, "account.verified", origin.now);
  const auto secret = make_pending_totp(service, transaction, created->id);
  store.enrol_totp(created->id, 0);
  return DemoAccount{.id = created->id, .totp_secret = secret};
}

}  // namespace identity
