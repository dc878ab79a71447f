/** A disabled account can have an end, and a reason that the user is shown. */
import type { Migration } from './migration.ts';

export const suspensions: Migration = {
  oldestReader: 1,
  sql: [
    `
-- NULL without an end, and of an account that is not disabled.
ALTER TABLE users ADD COLUMN disabled_until BIGINT;
ALTER TABLE users ADD COLUMN disabled_reason TEXT;
`,
  ],
};
