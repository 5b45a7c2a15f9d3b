ALTER TABLE organizations ADD COLUMN
  clinician_count @INT@ NOT NULL DEFAULT 0 CHECK (clinician_count >= 0);

CREATE TABLE registration_windows (
  performance_year @INT@ NOT NULL,
  program          TEXT NOT NULL CHECK (program IN ('cmsWebInterface', 'cahpsForMipsSurvey')),
  opens_at         @INT@ NOT NULL,
  closes_at        @INT@ NOT NULL,
  clinicians_min   @INT@ NOT NULL CHECK (clinicians_min > 0),
  PRIMARY KEY (performance_year, program),
  CHECK (opens_at < closes_at)
) @STRICT@;

CREATE TABLE registrations (
  organization_id  TEXT NOT NULL REFERENCES organizations (id),
  performance_year @INT@ NOT NULL,
  program          TEXT NOT NULL,
  status           TEXT NOT NULL CHECK (status IN ('notRegistered', 'registered')),
  changed_by       TEXT NOT NULL,
  changed_at       @INT@ NOT NULL,
  version          @INT@ NOT NULL,
  PRIMARY KEY (organization_id, performance_year, program),
  FOREIGN KEY (performance_year, program)
    REFERENCES registration_windows (performance_year, program)
) @STRICT@;
