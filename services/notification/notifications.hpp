#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "notification/domain/email.hpp"
#include "notification/domain/notification.hpp"
#include "notification/service.hpp"
#include "notification/storage/store.hpp"

namespace notification {

template <class Item>
struct Page {
  std::vector<Item> items;
  std::optional<Position> next;  // nullopt at the end
};

/// What the account was told, newest first.
Page<Notification> list_notifications(Service& service, const AccountId& account, bool unread_only,
                                      const std::optional<Position>& after, std::int64_t limit);

/// The emails that will not be sent, oldest first.
Page<ParkedEmail> list_parked_emails(Service& service, const std::optional<Position>& after,
                                     std::int64_t limit);

}  // namespace notification
