/** The names of an entry about a change of a name. */
import type { Migration } from './migration.ts';

export const renamed: Migration = {
  oldestReader: 1,
  sql: [
    `
-- A JSON array of two names, until the account is deleted.
ALTER TABLE audit_entries ADD COLUMN renamed TEXT;
CREATE INDEX audit_entries_renamed ON audit_entries (target) WHERE renamed IS NOT NULL;
`,
  ],
};
