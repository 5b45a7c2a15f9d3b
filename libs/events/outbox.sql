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
