/** Passkeys of users. */
import type { Migration } from './migration.ts';

export const passkeys: Migration = {
  oldestReader: 1,
  sql: [
    `
CREATE TABLE passkeys (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  id TEXT COLLATE "C" NOT NULL,
  credential_id TEXT COLLATE "C" NOT NULL,
  public_key TEXT COLLATE "C" NOT NULL,
  counter BIGINT NOT NULL,
  -- Separated by spaces.
  transports TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  PRIMARY KEY (user_id, id)
);
-- A credential belongs to one user.
CREATE UNIQUE INDEX passkeys_by_credential ON passkeys (credential_id);
`,
  ],
};
