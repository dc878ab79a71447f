/** Users who do not show when they were last seen, and from whom users accept messages. */
import type { Migration } from './migration.ts';

export const privacy: Migration = {
  oldestReader: 1,
  sql: [
    'ALTER TABLE users ADD COLUMN hides_last_seen BIGINT NOT NULL DEFAULT 0;',
    'ALTER TABLE users ADD COLUMN accepted_writers BIGINT NOT NULL DEFAULT 0;',
  ],
};
