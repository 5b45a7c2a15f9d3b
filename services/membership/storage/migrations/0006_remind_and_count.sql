ALTER TABLE organizations ADD COLUMN pending_count @INT@ NOT NULL DEFAULT 0
  CHECK (pending_count >= 0);

UPDATE organizations SET pending_count =
  (SELECT COUNT(*) FROM role_requests r
    WHERE r.organization_id = organizations.id AND r.status = 'pending');

ALTER TABLE role_requests ADD COLUMN waiting_since @INT@;
ALTER TABLE role_requests ADD COLUMN reminder_due_at @INT@ DEFAULT 0;
ALTER TABLE role_requests ADD COLUMN last_reminder_at @INT@;
ALTER TABLE role_requests ADD COLUMN escalated_at @INT@;

CREATE INDEX pending_role_requests_by_reminder
  ON role_requests (reminder_due_at) WHERE status = 'pending';
CREATE INDEX pending_role_requests_of_organization_by_expiry
  ON role_requests (organization_id, expires_at) WHERE status = 'pending';
CREATE INDEX role_requests_by_organization
  ON role_requests (organization_id, status, requested_at, id);

CREATE INDEX security_officials_by_account
  ON memberships (account_id, organization_id)
  WHERE removed_at IS NULL AND role = 'securityOfficial';

ALTER TABLE accounts ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
UPDATE accounts SET name_key = lower(name);

CREATE TABLE timers (
  name       TEXT PRIMARY KEY,
  done_until @INT@ NOT NULL,
  progress   TEXT NOT NULL DEFAULT ''
) @STRICT@;
