CREATE TABLE inbox (
  source      TEXT NOT NULL,
  event_id    TEXT NOT NULL,
  received_at @INT@ NOT NULL,
  PRIMARY KEY (source, event_id)
) @STRICT@;

CREATE TABLE idempotent_answers (
  caller_and_key TEXT PRIMARY KEY,
  request_hash   TEXT NOT NULL,
  sealed_answer  TEXT NOT NULL,
  created_at     @INT@ NOT NULL
) @STRICT@;

CREATE INDEX idempotent_answers_by_age ON idempotent_answers (created_at);

CREATE TABLE accounts (
  id            TEXT PRIMARY KEY,
  name          TEXT NOT NULL,
  email_address TEXT NOT NULL,
  told_at       @INT@ NOT NULL
) @STRICT@;

CREATE TABLE notifications (
  id              TEXT PRIMARY KEY,
  account_id      TEXT NOT NULL,
  event_id        TEXT NOT NULL,
  kind            TEXT NOT NULL CHECK (kind IN (
                    'roleRequestReceived', 'roleRequestApproved', 'roleRequestDenied',
                    'roleRequestDecidedByYou', 'accessRemoved', 'accessRemovedByYou',
                    'memberRemoved')),
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

CREATE INDEX notifications_by_account ON notifications (account_id, created_at, id);
CREATE INDEX notifications_unread ON notifications (account_id, created_at, id)
  WHERE read_at IS NULL;
CREATE INDEX notifications_unresolved ON notifications (role_request_id)
  WHERE resolved_at IS NULL;

CREATE TABLE emails (
  id              TEXT PRIMARY KEY,
  account_id      TEXT NOT NULL,
  event_id        TEXT NOT NULL,
  template        TEXT NOT NULL,
  content         TEXT,
  address         TEXT,
  status          TEXT NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'sent', 'parked')),
  attempts        @INT@ NOT NULL DEFAULT 0,
  next_attempt_at @INT@ NOT NULL,
  lease           TEXT,
  leased_until    @INT@ NOT NULL DEFAULT 0,
  failure         TEXT,
  created_at      @INT@ NOT NULL,
  expires_at      @INT@,
  sent_at         @INT@,
  parked_at       @INT@,
  CHECK (status <> 'queued' OR content IS NOT NULL),
  CHECK (status <> 'sent' OR (sent_at IS NOT NULL AND content IS NULL AND address IS NULL)),
  CHECK (status <> 'parked' OR (parked_at IS NOT NULL AND failure IS NOT NULL)),
  UNIQUE (event_id, account_id, template)
) @STRICT@;

CREATE INDEX emails_due ON emails (next_attempt_at) WHERE status = 'queued';
CREATE INDEX emails_leased ON emails (lease) WHERE lease IS NOT NULL;
CREATE INDEX emails_waiting ON emails (account_id) WHERE status = 'queued';
CREATE INDEX emails_parked ON emails (parked_at, id) WHERE status = 'parked';
