/** Sign-ins and changes of an account, of which the user is told on other devices and by mail. */
import type { Migration } from './migration.ts';

export const accountNotices: Migration = {
  oldestReader: 1,
  sql: [
    `
-- Shown to the user until the user has dismissed them, or for two weeks.
CREATE TABLE account_notices (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  id TEXT COLLATE "C" NOT NULL,
  kind TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  device TEXT NOT NULL,
  address TEXT NOT NULL,
  -- Of the device that did it, which is not told. No reference: the session may end.
  session_key TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (user_id, id)
);
CREATE INDEX account_notices_by_time ON account_notices (created_at);

-- What the mail tells, and to which address; NULL for other mail.
ALTER TABLE mail_queue ADD COLUMN notice TEXT;
`,
  ],
};
