/** Links with which users set a new password without the current one. */
import type { Migration } from './migration.ts';

export const passwordResets: Migration = {
  oldestReader: 1,
  sql: [
    `
-- A new link of a user replaces the former one.
CREATE TABLE password_resets (
  user_id TEXT COLLATE "C" PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  token_digest TEXT COLLATE "C" NOT NULL UNIQUE,
  -- Id of a user, or a word; no reference: without the user, the link is invalid.
  creator TEXT COLLATE "C" NOT NULL,
  expires_at BIGINT NOT NULL
);
`,
  ],
};
