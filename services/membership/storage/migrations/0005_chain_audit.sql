CREATE TABLE audit_chains (
  id          TEXT PRIMARY KEY,
  last_number @INT@ NOT NULL,
  last_at     @INT@ NOT NULL
) @STRICT@;

CREATE TABLE audit_entries (
  id         TEXT PRIMARY KEY,
  chain_id   TEXT NOT NULL REFERENCES audit_chains (id),
  number     @INT@ NOT NULL,
  at         @INT@ NOT NULL,
  actor      TEXT NOT NULL,
  operation  TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  outcome    TEXT NOT NULL,
  request_id TEXT NOT NULL,
  details    TEXT NOT NULL,
  mac        TEXT NOT NULL,
  UNIQUE (chain_id, number)
) @STRICT@;

CREATE INDEX memberships_by_organization ON memberships (organization_id, id);
