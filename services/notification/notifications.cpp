#include "notification/notifications.hpp"

#include <utility>

namespace notification {

namespace {

// `items` holds one more than was asked for when there are more.
template <class Item>
Page<Item> page_of(std::vector<Item> items, std::int64_t limit, Timestamp Item::*at) {
  Page<Item> page{.items = std::move(items), .next = std::nullopt};
  if (static_cast<std::int64_t>(page.items.size()) > limit) {
    page.items.erase(page.items.begin() + limit, page.items.end());
    page.next = Position{.at = page.items.back().*at, .id = page.items.back().id.text()};
  }
  return page;
}

}  // namespace

Page<Notification> list_notifications(Service& service, const AccountId& account, bool unread_only,
                                      const std::optional<Position>& after, std::int64_t limit) {
  return service.database.read([&](database::Transaction& transaction) {
    return page_of(Store(transaction).list_notifications(account, unread_only, after, limit + 1),
                   limit, &Notification::created_at);
  });
}

Page<ParkedEmail> list_parked_emails(Service& service, const std::optional<Position>& after,
                                     std::int64_t limit) {
  return service.database.read([&](database::Transaction& transaction) {
    return page_of(Store(transaction).list_parked(after, limit + 1), limit,
                   &ParkedEmail::parked_at);
  });
}

}  // namespace notification
