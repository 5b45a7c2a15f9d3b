CREATE TABLE idempotent_answers (
  caller_and_key TEXT PRIMARY KEY,
  request_hash   TEXT NOT NULL,
  sealed_answer  TEXT NOT NULL,
  created_at     @INT@ NOT NULL
) @STRICT@;

CREATE INDEX idempotent_answers_by_age ON idempotent_answers (created_at);
