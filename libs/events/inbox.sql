CREATE TABLE inbox (
  source      TEXT NOT NULL,
  event_id    TEXT NOT NULL,
  received_at @INT@ NOT NULL,
  PRIMARY KEY (source, event_id)
) @STRICT@;
