ALTER TABLE role_requests ADD COLUMN reopened_by TEXT;
ALTER TABLE role_requests ADD COLUMN reopened_at @INT@;

CREATE TABLE role_request_decisions (
  role_request_id TEXT NOT NULL REFERENCES role_requests (id),
  version         @INT@ NOT NULL,
  action          TEXT NOT NULL CHECK (action IN ('approve', 'deny', 'reopen')),
  acted_by        TEXT NOT NULL,
  acted_at        @INT@ NOT NULL,
  reason          TEXT,
  PRIMARY KEY (role_request_id, version)
) @STRICT@;

INSERT INTO role_request_decisions (role_request_id, version, action, acted_by, acted_at, reason)
SELECT id, version, CASE status WHEN 'approved' THEN 'approve' ELSE 'deny' END, decided_by,
       closed_at, reason
  FROM role_requests WHERE decided_by IS NOT NULL;
