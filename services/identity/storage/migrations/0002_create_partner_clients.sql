-- Other systems that may ask us. The secret is random, so that its plain hash cannot be guessed.
CREATE TABLE partner_clients (
  id            TEXT PRIMARY KEY,
  name          TEXT NOT NULL,
  secret_sha256 TEXT NOT NULL,
  scope         TEXT NOT NULL,
  created_at    @INT@ NOT NULL,
  revoked_at    @INT@
) @STRICT@;
