-- Of indexes that cost the same PostgreSQL takes the youngest. Before it has statistics of the table
-- the one by name costs the same as this one, and is read from end to end.
DROP INDEX one_active_membership;
CREATE UNIQUE INDEX one_active_membership
  ON memberships (account_id, organization_id) WHERE removed_at IS NULL;
