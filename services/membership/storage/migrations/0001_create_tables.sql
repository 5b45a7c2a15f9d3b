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
