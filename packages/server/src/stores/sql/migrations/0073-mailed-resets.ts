/** A link that was mailed to set a new password is a part of the address, and ends with it. */
import type { Migration } from './migration.ts';

export const mailedResets: Migration = {
  oldestReader: 1,
  sql: [
    `
ALTER TABLE emails ADD COLUMN reset_digest TEXT COLLATE "C";
ALTER TABLE emails ADD COLUMN reset_expires_at BIGINT;
CREATE UNIQUE INDEX emails_by_reset ON emails (reset_digest);
-- They are not bound to an address; users ask for another one.
DELETE FROM password_resets WHERE creator = 'server';

-- 1 once the user has a second factor or a passkey that the link was not made for.
ALTER TABLE password_resets ADD COLUMN precedes_factor BIGINT NOT NULL DEFAULT 0;
`,
  ],
};
