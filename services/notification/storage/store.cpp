#include "notification/storage/store.hpp"

#include <limits>
#include <stdexcept>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

#include "database/database.hpp"

namespace notification {

namespace {

using vocabulary::from_unix;
using vocabulary::to_unix;

// A row that does not parse means the database and the code disagree; nothing sensible can follow.
template <class T>
T checked(std::optional<T> parsed, const char* column) {
  if (!parsed) throw std::runtime_error(std::string("unreadable value in column ") + column);
  return *std::move(parsed);
}

std::optional<Timestamp> optional_time(const std::optional<std::int64_t>& column) {
  if (!column) return std::nullopt;
  return from_unix(*column);
}

template <class Id>
std::optional<Id> optional_id(const std::optional<std::string>& column, const char* name) {
  if (!column) return std::nullopt;
  return checked(Id::parse(*column), name);
}

template <class Id>
std::optional<std::string> text_of(const std::optional<Id>& id) {
  if (!id) return std::nullopt;
  return id->text();
}

using NotificationRow =
    std::tuple<std::string, std::string, std::int64_t, std::optional<std::int64_t>,
               std::optional<std::int64_t>, std::string, std::string, std::string,
               std::optional<std::string>, std::optional<std::string>>;

Notification notification_of(const NotificationRow& row) {
  const auto& [id, kind, created_at, read_at, resolved_at, title, text, organization, role_request,
               membership] = row;
  return {.id = checked(NotificationId::parse(id), "id"),
          .kind = checked(parse_notification_kind(kind), "kind"),
          .created_at = from_unix(created_at),
          .read_at = optional_time(read_at),
          .resolved_at = optional_time(resolved_at),
          .title = title,
          .text = text,
          .organization = checked(OrganizationId::parse(organization), "organization_id"),
          .role_request = optional_id<RoleRequestId>(role_request, "role_request_id"),
          .membership = optional_id<MembershipId>(membership, "membership_id")};
}

}  // namespace

void Store::remember(const AccountFact& account, Timestamp told_at, Timestamp now) {
  transaction_.execute(
      "INSERT INTO accounts (id, name, email_address, told_at)"
      " VALUES (:id, :name, :email_address, :told_at)"
      " ON CONFLICT (id) DO UPDATE"
      "   SET name = excluded.name, email_address = excluded.email_address,"
      "       told_at = excluded.told_at"
      "   WHERE excluded.told_at >= accounts.told_at",
      {{"id", account.account.text()},
       {"name", account.name},
       {"email_address", account.email_address},
       {"told_at", to_unix(told_at)}});
  transaction_.execute(
      "UPDATE emails SET next_attempt_at = :now"
      " WHERE account_id = :id AND status = 'queued' AND next_attempt_at > :now",
      {{"id", account.account.text()}, {"now", to_unix(now)}});
}

void Store::add(const NewNotification& notification, const std::string& event_id, Timestamp now) {
  transaction_.execute(
      "INSERT INTO notifications (id, account_id, event_id, kind, title, text, organization_id,"
      "                           role_request_id, membership_id, created_at)"
      " VALUES (:id, :account_id, :event_id, :kind, :title, :text, :organization_id,"
      "         :role_request_id, :membership_id, :created_at)"
      " ON CONFLICT (event_id, account_id, kind) DO NOTHING",
      {{"id", NotificationId::generate().text()},
       {"account_id", notification.recipient.text()},
       {"event_id", event_id},
       {"kind", to_text(notification.kind)},
       {"title", notification.title},
       {"text", notification.text},
       {"organization_id", notification.organization.text()},
       {"role_request_id", text_of(notification.role_request)},
       {"membership_id", text_of(notification.membership)},
       {"created_at", to_unix(now)}});
}

void Store::add(const NewEmail& email, const std::string& event_id, Timestamp now) {
  std::optional<std::int64_t> expires_at;
  if (email.expires_at) expires_at = to_unix(*email.expires_at);
  transaction_.execute(
      "INSERT INTO emails (id, account_id, event_id, template, content, address,"
      "                    next_attempt_at, created_at, expires_at)"
      " VALUES (:id, :account_id, :event_id, :template, :content, :address, :now, :now,"
      "         :expires_at)"
      " ON CONFLICT (event_id, account_id, template) DO NOTHING",
      {{"id", EmailId::generate().text()},
       {"account_id", email.recipient.text()},
       {"event_id", event_id},
       {"template", to_text(email.email_template)},
       {"content", nlohmann::json(email.values).dump()},
       {"address", email.address},
       {"now", to_unix(now)},
       {"expires_at", expires_at}});
}

void Store::resolve(const RoleRequestId& role_request, Timestamp now) {
  transaction_.execute(
      "UPDATE notifications SET resolved_at = :now"
      " WHERE role_request_id = :id AND resolved_at IS NULL"
      "   AND kind IN ('roleRequestReceived', 'roleRequestReminder', 'roleRequestEscalated')",
      {{"id", role_request.text()}, {"now", to_unix(now)}});
}

std::vector<Notification> Store::list_notifications(const AccountId& account, bool unread_only,
                                                    const std::optional<Position>& after,
                                                    std::int64_t limit) {
  const auto rows =
      transaction_.rows<std::string, std::string, std::int64_t, std::optional<std::int64_t>,
                        std::optional<std::int64_t>, std::string, std::string, std::string,
                        std::optional<std::string>, std::optional<std::string>>(
          "SELECT id, kind, created_at, read_at, resolved_at, title, text, organization_id,"
          "       role_request_id, membership_id"
          "  FROM notifications"
          " WHERE account_id = :account_id AND (:unread_only = 0 OR read_at IS NULL)"
          "   AND (created_at, id) < (:after_at, :after_id)"
          " ORDER BY created_at DESC, id DESC LIMIT :limit",
          {{"account_id", account.text()},
           {"unread_only", unread_only},
           {"after_at", after ? to_unix(after->at) : std::numeric_limits<std::int64_t>::max()},
           {"after_id", after ? after->id : ""},
           {"limit", limit}});
  std::vector<Notification> notifications;
  for (const auto& row : rows) notifications.push_back(notification_of(row));
  return notifications;
}

std::int64_t Store::count_unread(const AccountId& account) {
  return std::get<0>(*transaction_.row<std::int64_t>(
      "SELECT COUNT(*) FROM notifications WHERE account_id = :account_id AND read_at IS NULL",
      {{"account_id", account.text()}}));
}

std::optional<Notification> Store::mark_read(const NotificationId& id, const AccountId& account,
                                             Timestamp now) {
  const auto row =
      transaction_.row<std::string, std::string, std::int64_t, std::optional<std::int64_t>,
                       std::optional<std::int64_t>, std::string, std::string, std::string,
                       std::optional<std::string>, std::optional<std::string>>(
          "UPDATE notifications SET read_at = COALESCE(read_at, :now)"
          " WHERE id = :id AND account_id = :account_id"
          " RETURNING id, kind, created_at, read_at, resolved_at, title, text, organization_id,"
          "           role_request_id, membership_id",
          {{"id", id.text()}, {"account_id", account.text()}, {"now", to_unix(now)}});
  if (!row) return std::nullopt;
  return notification_of(*row);
}

std::int64_t Store::mark_all_read(const AccountId& account, Timestamp now) {
  return transaction_.execute(
      "UPDATE notifications SET read_at = :now"
      " WHERE account_id = :account_id AND read_at IS NULL",
      {{"account_id", account.text()}, {"now", to_unix(now)}});
}

bool Store::any_email_due(Timestamp now) {
  return transaction_
      .row<std::int64_t>(
          "SELECT 1 FROM emails"
          " WHERE status = 'queued' AND next_attempt_at <= :now AND leased_until <= :now LIMIT 1",
          {{"now", to_unix(now)}})
      .has_value();
}

std::vector<Email> Store::lease_emails(const std::string& lease, Timestamp now, Timestamp until,
                                       std::int64_t limit) {
  transaction_.execute(
      "UPDATE emails SET lease = :lease, leased_until = :until"
      " WHERE id IN (SELECT id FROM emails"
      "               WHERE status = 'queued' AND next_attempt_at <= :now"
      "                 AND leased_until <= :now"
      "               ORDER BY next_attempt_at, id LIMIT :limit @SKIP_LOCKED@)",
      {{"lease", lease}, {"until", to_unix(until)}, {"now", to_unix(now)}, {"limit", limit}});
  const auto rows = transaction_.rows<std::string, std::string, std::string, std::string,
                                      std::string, std::optional<std::string>, std::int64_t,
                                      std::int64_t, std::optional<std::int64_t>>(
      "SELECT emails.id, emails.account_id, emails.template, emails.content,"
      "       COALESCE(accounts.name, ''), COALESCE(emails.address, accounts.email_address),"
      "       emails.attempts, emails.created_at, emails.expires_at"
      "  FROM emails LEFT JOIN accounts ON accounts.id = emails.account_id"
      " WHERE emails.lease = :lease ORDER BY emails.next_attempt_at, emails.id",
      {{"lease", lease}});
  std::vector<Email> emails;
  for (const auto& [id, account, email_template, content, name, address, attempts, created_at,
                    expires_at] : rows) {
    emails.push_back({.id = checked(EmailId::parse(id), "id"),
                      .recipient = checked(AccountId::parse(account), "account_id"),
                      .email_template = checked(parse_email_template(email_template), "template"),
                      .values = nlohmann::json::parse(content).get<TemplateValues>(),
                      .recipient_name = name,
                      .address = address,
                      .attempts = static_cast<int>(attempts),
                      .created_at = from_unix(created_at),
                      .expires_at = optional_time(expires_at)});
  }
  return emails;
}

bool Store::record_sent(const EmailId& id, const std::string& lease, Timestamp now) {
  return transaction_.execute(
             "UPDATE emails"
             "   SET status = 'sent', sent_at = :now, attempts = attempts + 1, content = NULL,"
             "       address = NULL, failure = NULL, lease = NULL, leased_until = 0"
             " WHERE id = :id AND lease = :lease",
             {{"id", id.text()}, {"lease", lease}, {"now", to_unix(now)}}) == 1;
}

bool Store::postpone(const EmailId& id, const std::string& lease, const std::string& failure,
                     Timestamp next_attempt_at) {
  return transaction_.execute(
             "UPDATE emails"
             "   SET next_attempt_at = :next_attempt_at, attempts = attempts + 1,"
             "       failure = :failure, lease = NULL, leased_until = 0"
             " WHERE id = :id AND lease = :lease",
             {{"id", id.text()},
              {"lease", lease},
              {"failure", failure},
              {"next_attempt_at", to_unix(next_attempt_at)}}) == 1;
}

bool Store::park(const EmailId& id, const std::string& lease, const std::string& failure,
                 Timestamp now) {
  return transaction_.execute(
             "UPDATE emails"
             "   SET status = 'parked', parked_at = :now, attempts = attempts + 1,"
             "       content = CASE WHEN expires_at IS NULL THEN content END, address = NULL,"
             "       failure = :failure, lease = NULL, leased_until = 0"
             " WHERE id = :id AND lease = :lease",
             {{"id", id.text()}, {"lease", lease}, {"failure", failure}, {"now", to_unix(now)}}) ==
         1;
}

void Store::release(const std::string& lease) {
  transaction_.execute("UPDATE emails SET lease = NULL, leased_until = 0 WHERE lease = :lease",
                       {{"lease", lease}});
}

std::vector<ParkedEmail> Store::list_parked(const std::optional<Position>& after,
                                            std::int64_t limit) {
  const auto rows =
      transaction_
          .rows<std::string, std::string, std::string, std::int64_t, std::string, std::int64_t>(
              "SELECT id, template, account_id, attempts, failure, parked_at"
              "  FROM emails"
              " WHERE status = 'parked' AND (parked_at, id) > (:after_at, :after_id)"
              " ORDER BY parked_at, id LIMIT :limit",
              {{"after_at", after ? to_unix(after->at) : 0},
               {"after_id", after ? after->id : ""},
               {"limit", limit}});
  std::vector<ParkedEmail> emails;
  for (const auto& [id, email_template, account, attempts, failure, parked_at] : rows) {
    emails.push_back({.id = checked(EmailId::parse(id), "id"),
                      .email_template = checked(parse_email_template(email_template), "template"),
                      .recipient = checked(AccountId::parse(account), "account_id"),
                      .attempts = static_cast<int>(attempts),
                      .failure = failure,
                      .parked_at = from_unix(parked_at)});
  }
  return emails;
}

Store::EmailCounts Store::count_emails() {
  const auto [queued, parked] = *transaction_.row<std::int64_t, std::int64_t>(
      "SELECT (SELECT COUNT(*) FROM emails WHERE status = 'queued'),"
      "       (SELECT COUNT(*) FROM emails WHERE status = 'parked')");
  return {.queued = queued, .parked = parked};
}

}  // namespace notification
