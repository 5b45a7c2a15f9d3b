CREATE INDEX organizations_by_tin
  ON organizations (taxpayer_identification_number, name_key, id);

INSERT INTO accounts (id, name, changed_at)
VALUES ('00000000-0000-7000-8000-000000000000', 'Service center', 0);

CREATE TABLE service_center_agents (
  account_id TEXT PRIMARY KEY,
  granted_at @INT@ NOT NULL
) @STRICT@;

CREATE TABLE clinicians (
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  proof_hash      TEXT NOT NULL,
  PRIMARY KEY (organization_id, proof_hash)
) @STRICT@;

CREATE TABLE claim_attempts (
  counted           TEXT PRIMARY KEY,
  window_started_at @INT@ NOT NULL,
  attempts          @INT@ NOT NULL
) @STRICT@;

CREATE INDEX claim_attempts_by_age ON claim_attempts (window_started_at);

CREATE TABLE service_center_proposals (
  id                 TEXT PRIMARY KEY,
  act                TEXT NOT NULL
                     CHECK (act IN ('removeMembership', 'appointSecurityOfficial',
                                    'decideRoleRequest')),
  organization_id    TEXT NOT NULL REFERENCES organizations (id),
  account_id         TEXT NOT NULL,
  membership_id      TEXT REFERENCES memberships (id),
  membership_version @INT@,
  successor_id       TEXT,
  role_request_id    TEXT REFERENCES role_requests (id),
  verdict            TEXT CHECK (verdict IN ('approved', 'denied')),
  reason             TEXT NOT NULL,
  case_number        TEXT NOT NULL,
  proposed_by        TEXT NOT NULL,
  proposed_at        @INT@ NOT NULL,
  expires_at         @INT@ NOT NULL,
  dual_control       @INT@ NOT NULL CHECK (dual_control IN (0, 1)),
  status             TEXT NOT NULL DEFAULT 'pending'
                     CHECK (status IN ('pending', 'confirmed', 'rejected')),
  closed_by          TEXT,
  closed_at          @INT@,
  version            @INT@ NOT NULL DEFAULT 1,
  CHECK ((act = 'removeMembership') = (membership_id IS NOT NULL)),
  CHECK ((membership_id IS NULL) = (membership_version IS NULL)),
  CHECK (act = 'removeMembership' OR successor_id IS NULL),
  CHECK ((act = 'decideRoleRequest') = (role_request_id IS NOT NULL)),
  CHECK ((role_request_id IS NULL) = (verdict IS NULL)),
  CHECK ((status = 'pending') = (closed_by IS NULL)),
  CHECK ((closed_by IS NULL) = (closed_at IS NULL)),
  CHECK (status <> 'confirmed' OR dual_control = 0 OR closed_by <> proposed_by),
  CHECK (account_id <> proposed_by),
  CHECK (successor_id <> proposed_by AND successor_id <> account_id),
  CHECK (status <> 'confirmed' OR closed_by <> account_id),
  CHECK (status <> 'confirmed' OR successor_id IS NULL OR closed_by <> successor_id)
) @STRICT@;

CREATE INDEX pending_proposals
  ON service_center_proposals (proposed_at, id, expires_at) WHERE status = 'pending';
