#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "notification/domain/email.hpp"
#include "notification/domain/notification.hpp"

namespace database {
class Transaction;
}

namespace notification {

/// A place in a list ordered by time and id.
struct Position {
  Timestamp at;
  std::string id;
};

/// All SQL of the notification service, for the life of one transaction.
class Store {
 public:
  explicit Store(database::Transaction& transaction) : transaction_(transaction) {}

  /// Keeps what was said last about an account, and lets the emails that wait for it go at once.
  void remember(const AccountFact& account, Timestamp told_at, Timestamp now);

  // One fact tells one person one thing once: a repeat changes nothing.
  void add(const NewNotification& notification, const std::string& event_id, Timestamp now);
  void add(const NewEmail& email, const std::string& event_id, Timestamp now);
  void resolve(const RoleRequestId& role_request, Timestamp now);

  /// Newest first, from behind `after`.
  std::vector<Notification> list_notifications(const AccountId& account, bool unread_only,
                                               const std::optional<Position>& after,
                                               std::int64_t limit);
  std::int64_t count_unread(const AccountId& account);
  /// nullopt when that account has no such notification.
  std::optional<Notification> mark_read(const NotificationId& id, const AccountId& account,
                                        Timestamp now);
  std::int64_t mark_all_read(const AccountId& account, Timestamp now);

  bool any_email_due(Timestamp now);
  /// Takes up to `limit` emails that are due, for the owner of `lease` alone until `until`.
  std::vector<Email> lease_emails(const std::string& lease, Timestamp now, Timestamp until,
                                  std::int64_t limit);
  // Each of these ends the lease; false, and nothing written, when it was no longer the owner's.
  bool record_sent(const EmailId& id, const std::string& lease, Timestamp now);
  bool postpone(const EmailId& id, const std::string& lease, const std::string& failure,
                Timestamp next_attempt_at);
  bool park(const EmailId& id, const std::string& lease, const std::string& failure, Timestamp now);
  /// Gives back what is left of the lease.
  void release(const std::string& lease);

  /// Oldest first, from behind `after`.
  std::vector<ParkedEmail> list_parked(const std::optional<Position>& after, std::int64_t limit);

  struct EmailCounts {
    std::int64_t queued;
    std::int64_t parked;
  };
  EmailCounts count_emails();

 private:
  database::Transaction& transaction_;
};

}  // namespace notification
