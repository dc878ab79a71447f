/** The history of other applications is imported by whichever process has time. */
import type { Migration } from './migration.ts';

export const imports: Migration = {
  oldestReader: 1,
  sql: [
    `
CREATE TABLE imports (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  format TEXT NOT NULL,
  -- Of the export, with its size and the hexadecimal SHA-256 of its bytes: on another machine it may be another file, or none.
  path TEXT NOT NULL,
  size BIGINT NOT NULL,
  digest TEXT NOT NULL,
  -- The operator who wants it.
  operator TEXT NOT NULL,
  state TEXT NOT NULL,
  -- The process that has it: a name of this attempt.
  holder TEXT,
  -- When the next process may take it; NULL once it has ended.
  due_at BIGINT,
  attempts BIGINT NOT NULL,
  -- Messages, as far as the latest attempt is, and of the export.
  done BIGINT NOT NULL,
  total BIGINT NOT NULL,
  -- JSON, when it is done.
  report TEXT,
  -- Why the latest attempt has failed.
  failure TEXT,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE INDEX imports_by_digest ON imports (digest) WHERE due_at IS NOT NULL;
CREATE INDEX imports_due ON imports (due_at, id) WHERE due_at IS NOT NULL;
`,
  ],
};
