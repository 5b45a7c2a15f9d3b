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

CREATE TABLE accounts (
  id                  TEXT PRIMARY KEY,
  user_id             TEXT NOT NULL,
  user_id_key         TEXT NOT NULL UNIQUE,
  name                TEXT NOT NULL,
  email_address       TEXT NOT NULL,
  email_verified_at   @INT@,
  password_hash       TEXT NOT NULL,
  password_changed_at @INT@ NOT NULL,
  totp_secret         TEXT,
  totp_pending_secret TEXT,
  totp_last_step      @INT@ NOT NULL DEFAULT 0,
  created_at          @INT@ NOT NULL,
  version             @INT@ NOT NULL DEFAULT 1
) @STRICT@;

-- An address may be claimed by many and belongs to the one who proved it.
CREATE TABLE verified_email_addresses (
  email_key  TEXT PRIMARY KEY,
  account_id TEXT NOT NULL UNIQUE REFERENCES accounts (id)
) @STRICT@;

CREATE TABLE earlier_passwords (
  account_id    TEXT NOT NULL REFERENCES accounts (id),
  replaced_at   @INT@ NOT NULL,
  password_hash TEXT NOT NULL,
  PRIMARY KEY (account_id, replaced_at)
) @STRICT@;

CREATE TABLE recovery_codes (
  account_id TEXT NOT NULL REFERENCES accounts (id),
  code_hash  TEXT NOT NULL,
  used_at    @INT@,
  PRIMARY KEY (account_id, code_hash)
) @STRICT@;

-- At most one code is good for one thing: the scope is its purpose and what it is about.
CREATE TABLE emailed_codes (
  scope      TEXT PRIMARY KEY,
  code_hash  TEXT NOT NULL,
  expires_at @INT@ NOT NULL,
  tries      @INT@ NOT NULL DEFAULT 0 CHECK (tries <= 5),
  used_at    @INT@
) @STRICT@;

CREATE INDEX emailed_codes_by_expiry ON emailed_codes (expires_at);

CREATE TABLE sign_ins (
  id                TEXT PRIMARY KEY,
  account_id        TEXT NOT NULL REFERENCES accounts (id),
  statement_version TEXT NOT NULL,
  created_at        @INT@ NOT NULL,
  expires_at        @INT@ NOT NULL,
  codes_sent        @INT@ NOT NULL DEFAULT 0,
  completed_at      @INT@
) @STRICT@;

CREATE INDEX sign_ins_never_completed ON sign_ins (expires_at) WHERE completed_at IS NULL;

CREATE TABLE sessions (
  id             TEXT PRIMARY KEY,
  account_id     TEXT NOT NULL REFERENCES accounts (id),
  sign_in_id     TEXT NOT NULL UNIQUE REFERENCES sign_ins (id),
  assurance      TEXT NOT NULL CHECK (assurance IN ('totp', 'recoveryCode', 'email')),
  source_address TEXT NOT NULL,
  created_at     @INT@ NOT NULL,
  last_used_at   @INT@ NOT NULL,
  expires_at     @INT@ NOT NULL,
  ended_at       @INT@
) @STRICT@;

CREATE INDEX sessions_of_account ON sessions (account_id, expires_at);

CREATE TABLE refresh_tokens (
  token_hash TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions (id),
  issued_at  @INT@ NOT NULL,
  used_at    @INT@
) @STRICT@;

CREATE INDEX refresh_tokens_by_age ON refresh_tokens (issued_at);

-- What tries are counted for: an account or a source address. Its row is locked to count.
CREATE TABLE guards (
  guard_key    TEXT PRIMARY KEY,
  locked_until @INT@,
  changed_at   @INT@ NOT NULL
) @STRICT@;

CREATE TABLE tries (
  id        TEXT NOT NULL,
  guard_key TEXT NOT NULL REFERENCES guards (guard_key),
  tried_at  @INT@ NOT NULL,
  wrong     @INT@ NOT NULL DEFAULT 0,
  PRIMARY KEY (id, guard_key)
) @STRICT@;

CREATE INDEX tries_of_guard ON tries (guard_key, tried_at);

CREATE TABLE throttles (
  throttle_key TEXT PRIMARY KEY,
  started_at   @INT@ NOT NULL,
  used         @INT@ NOT NULL
) @STRICT@;

CREATE TABLE account_events (
  id             TEXT PRIMARY KEY,
  account_id     TEXT NOT NULL REFERENCES accounts (id),
  kind           TEXT NOT NULL,
  occurred_at    @INT@ NOT NULL,
  source_address TEXT NOT NULL,
  request_id     TEXT NOT NULL
) @STRICT@;

CREATE INDEX account_events_of_account ON account_events (account_id, id);

CREATE TABLE signing_keys (
  number             @INT@ PRIMARY KEY,
  sealed_private_key TEXT NOT NULL,
  signs_from         @INT@ NOT NULL
) @STRICT@;
