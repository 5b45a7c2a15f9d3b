CREATE TABLE all_notifications (
  id              TEXT PRIMARY KEY,
  account_id      TEXT NOT NULL,
  event_id        TEXT NOT NULL,
  kind            TEXT NOT NULL,
  title           TEXT NOT NULL,
  text            TEXT NOT NULL,
  organization_id TEXT NOT NULL,
  role_request_id TEXT,
  membership_id   TEXT,
  created_at      @INT@ NOT NULL,
  read_at         @INT@,
  resolved_at     @INT@,
  UNIQUE (event_id, account_id, kind)
) @STRICT@;

INSERT INTO all_notifications
  SELECT id, account_id, event_id, kind, title, text, organization_id, role_request_id,
         membership_id, created_at, read_at, resolved_at
    FROM notifications;

DROP TABLE notifications;
ALTER TABLE all_notifications RENAME TO notifications;

CREATE INDEX notifications_by_account ON notifications (account_id, created_at, id);
CREATE INDEX notifications_unread ON notifications (account_id, created_at, id)
  WHERE read_at IS NULL;
CREATE INDEX notifications_unresolved ON notifications (role_request_id)
  WHERE resolved_at IS NULL;
