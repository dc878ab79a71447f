/** Acts that the audit log would repeat are counted, and become one entry. */
import type { Migration } from './migration.ts';

export const repeatedActs: Migration = {
  oldestReader: 1,
  sql: [
    `
CREATE TABLE repeated_acts (
  actor TEXT COLLATE "C" NOT NULL,
  action TEXT COLLATE "C" NOT NULL,
  target TEXT COLLATE "C" NOT NULL,
  detail TEXT COLLATE "C" NOT NULL,
  -- Within the window, those with an entry too.
  acts BIGINT NOT NULL,
  window_ends_at BIGINT NOT NULL,
  PRIMARY KEY (actor, action, target, detail)
);
CREATE INDEX repeated_acts_by_end ON repeated_acts (window_ends_at);
`,
  ],
};
