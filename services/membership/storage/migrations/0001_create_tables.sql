CREATE TABLE accounts (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  changed_at @INT@ NOT NULL
) @STRICT@;

CREATE TABLE organizations (
  id                             TEXT PRIMARY KEY,
  type                           TEXT NOT NULL
                                 CHECK (type IN ('practice', 'apmEntity', 'virtualGroup', 'registry')),
  identifier                     TEXT NOT NULL,
  name                           TEXT NOT NULL,
  name_key                       TEXT NOT NULL,
  taxpayer_identification_number TEXT NOT NULL,
  address                        TEXT NOT NULL,
  security_official_count        @INT@ NOT NULL DEFAULT 0 CHECK (security_official_count >= 0),
  member_count                   @INT@ NOT NULL DEFAULT 0,
  version                        @INT@ NOT NULL DEFAULT 1,
  UNIQUE (type, identifier),
  CHECK (member_count >= security_official_count)
) @STRICT@;

CREATE TABLE memberships (
  id              TEXT PRIMARY KEY,
  account_id      TEXT NOT NULL,
  account_name_key TEXT NOT NULL,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  role            TEXT NOT NULL CHECK (role IN ('staffUser', 'securityOfficial')),
  granted_at      @INT@ NOT NULL,
  removed_by      TEXT,
  removed_at      @INT@,
  removal_reason  TEXT,
  version         @INT@ NOT NULL DEFAULT 1,
  CHECK ((removed_by IS NULL) = (removed_at IS NULL)),
  CHECK (removed_by <> account_id)
) @STRICT@;

CREATE UNIQUE INDEX one_active_membership
  ON memberships (account_id, organization_id) WHERE removed_at IS NULL;
CREATE INDEX members_by_name
  ON memberships (organization_id, account_name_key, id) WHERE removed_at IS NULL;
CREATE INDEX security_officials
  ON memberships (organization_id, account_id)
  WHERE removed_at IS NULL AND role = 'securityOfficial';

CREATE TABLE role_requests (
  id              TEXT PRIMARY KEY,
  requester_id    TEXT NOT NULL,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  role            TEXT NOT NULL CHECK (role IN ('staffUser', 'securityOfficial')),
  requested_at    @INT@ NOT NULL,
  expires_at      @INT@ NOT NULL,
  status          TEXT NOT NULL
                  CHECK (status IN ('pending', 'approved', 'denied', 'withdrawn', 'expired',
                                    'superseded')),
  closed_at       @INT@,
  decided_by      TEXT,
  reason          TEXT,
  version         @INT@ NOT NULL DEFAULT 1,
  CHECK ((status = 'pending') = (closed_at IS NULL)),
  CHECK ((status IN ('approved', 'denied')) = (decided_by IS NOT NULL)),
  CHECK (decided_by <> requester_id)
) @STRICT@;

CREATE UNIQUE INDEX one_pending_role_request
  ON role_requests (requester_id, organization_id) WHERE status = 'pending';
CREATE INDEX pending_role_requests
  ON role_requests (organization_id, requested_at, id, expires_at) WHERE status = 'pending';
CREATE INDEX pending_role_requests_by_expiry
  ON role_requests (expires_at) WHERE status = 'pending';

CREATE TABLE organization_searches (
  account_id        TEXT PRIMARY KEY,
  window_started_at @INT@ NOT NULL,
  searches          @INT@ NOT NULL
) @STRICT@;

CREATE INDEX organization_searches_by_age ON organization_searches (window_started_at);

CREATE TABLE audit (
  id              TEXT PRIMARY KEY,
  at              @INT@ NOT NULL,
  actor           TEXT NOT NULL,
  operation       TEXT NOT NULL,
  organization_id TEXT NOT NULL,
  subject_id      TEXT NOT NULL,
  outcome         TEXT NOT NULL,
  request_id      TEXT NOT NULL
) @STRICT@;

CREATE INDEX audit_by_organization ON audit (organization_id, at, id);

CREATE TABLE idempotent_answers (
  caller_and_key TEXT PRIMARY KEY,
  request_hash   TEXT NOT NULL,
  sealed_answer  TEXT NOT NULL,
  created_at     @INT@ NOT NULL
) @STRICT@;

CREATE INDEX idempotent_answers_by_age ON idempotent_answers (created_at);

CREATE TABLE outbox (
  sequence        @SEQ@,
  consumer        TEXT NOT NULL,
  event_id        TEXT NOT NULL,
  subject         TEXT NOT NULL,
  event           TEXT NOT NULL,
  attempts        @INT@ NOT NULL DEFAULT 0,
  next_attempt_at @INT@ NOT NULL,
  leased_until    @INT@ NOT NULL DEFAULT 0,
  parked_at       @INT@,
  last_failure    TEXT,
  UNIQUE (consumer, event_id)
) @STRICT@;

CREATE INDEX outbox_in_order ON outbox (consumer, sequence) WHERE parked_at IS NULL;
CREATE INDEX outbox_by_subject ON outbox (consumer, subject, sequence) WHERE parked_at IS NULL;

CREATE TABLE inbox (
  source      TEXT NOT NULL,
  event_id    TEXT NOT NULL,
  received_at @INT@ NOT NULL,
  PRIMARY KEY (source, event_id)
) @STRICT@;
