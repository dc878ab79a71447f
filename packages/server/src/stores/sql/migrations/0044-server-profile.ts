/** Administrators give the server a name and a logo, and sign-ups may need a confirmed e-mail address. */
import type { Migration } from './migration.ts';

export const serverProfile: Migration = {
  oldestReader: 1,
  sql: [
    `
-- One row at most, with the id 1.
CREATE TABLE server_profile (
  id BIGINT NOT NULL PRIMARY KEY,
  -- Empty: the name of the product.
  name TEXT NOT NULL,
  -- No reference: archives fill tables in any order.
  logo_file_id TEXT COLLATE "C"
);

-- 1 while the account is closed until the address is confirmed.
ALTER TABLE emails ADD COLUMN is_required BIGINT NOT NULL DEFAULT 0;
CREATE INDEX emails_required ON emails (user_id) WHERE is_required = 1;

-- When the owner has finished or dismissed the first steps on the page.
ALTER TABLE users ADD COLUMN first_steps_done_at BIGINT;
`,
  ],
};
