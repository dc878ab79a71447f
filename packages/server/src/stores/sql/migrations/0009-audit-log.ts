/** The audit log. */
import type { Migration } from './migration.ts';

export const auditLog: Migration = {
  oldestReader: 1,
  sql: [
    `
CREATE TABLE audit_entries (
  -- Position in the chain.
  id BIGINT PRIMARY KEY,
  created_at BIGINT NOT NULL,
  -- Id of a user, or a word; no reference: entries outlive their users.
  actor TEXT COLLATE "C" NOT NULL,
  action TEXT COLLATE "C" NOT NULL,
  target TEXT COLLATE "C" NOT NULL,
  address TEXT COLLATE "C" NOT NULL,
  detail TEXT COLLATE "C" NOT NULL,
  digest TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_entries_by_actor ON audit_entries (actor, id);
CREATE INDEX audit_entries_by_action ON audit_entries (action, id);
CREATE INDEX audit_entries_by_both ON audit_entries (actor, action, id);
`,
  ],
};
