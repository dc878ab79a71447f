/** Users change their usernames, and have e-mail addresses. */
import type { Migration } from './migration.ts';

export const ownProfile: Migration = {
  oldestReader: 1,
  sql: [
    `
-- Who had the name; NULL after the deletion of the account.
ALTER TABLE former_names ADD COLUMN user_id TEXT COLLATE "C" REFERENCES users (id) ON DELETE SET NULL;
CREATE INDEX former_names_by_user ON former_names (user_id);

CREATE TABLE emails (
  user_id TEXT COLLATE "C" PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  address TEXT NOT NULL,
  -- The address in lower case.
  address_key TEXT COLLATE "C" NOT NULL,
  -- NULL until the user has opened a link that was sent to the address.
  confirmed_at BIGINT
);
-- An address belongs to the first account that has confirmed it.
CREATE UNIQUE INDEX emails_confirmed ON emails (address_key) WHERE confirmed_at IS NOT NULL;
`,
  ],
};
