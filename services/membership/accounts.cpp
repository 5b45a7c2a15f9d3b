#include "membership/accounts.hpp"

#include <stdexcept>
#include <string>

#include "membership/domain/ids.hpp"
#include "membership/storage/store.hpp"
#include "vocabulary/text.hpp"

namespace membership {

namespace {

constexpr std::size_t name_characters_max = 100;

std::string text_of(const nlohmann::json& data, const char* name) {
  const auto field = data.find(name);
  if (field == data.end() || !field->is_string()) {
    throw std::invalid_argument(std::string(name) + " is missing");
  }
  return field->get<std::string>();
}

}  // namespace

void take_account_event(database::Transaction& transaction, const events::Event& event) {
  if (event.source != "/identity" ||
      (event.type != "account.verified" && event.type != "account.changed")) {
    throw std::invalid_argument("this event is not for membership");
  }
  const auto id = AccountId::parse(text_of(event.data, "accountId"));
  if (!id) throw std::invalid_argument("accountId is not an id");
  const std::string name = text_of(event.data, "name");
  if (name.empty() || vocabulary::count_characters(name) > name_characters_max ||
      vocabulary::has_control_characters(name)) {
    throw std::invalid_argument("name is not a name");
  }
  Store(transaction).put_account(*id, name, event.time);
}

}  // namespace membership
