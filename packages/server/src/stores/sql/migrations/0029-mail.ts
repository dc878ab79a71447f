/** Mail that is to be sent, and tokens that confirm addresses. */
import type { Migration } from './migration.ts';

export const mail: Migration = {
  oldestReader: 1,
  sql: [
    `
-- A row is deleted when its mail was accepted. Addresses, texts and tokens are made when it is sent.
CREATE TABLE mail_queue (
  id TEXT COLLATE "C" PRIMARY KEY,
  kind TEXT NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  attempts BIGINT NOT NULL,
  due_at BIGINT NOT NULL
);
CREATE INDEX mail_queue_by_time ON mail_queue (due_at, id);
CREATE INDEX mail_queue_by_user ON mail_queue (user_id);

-- Of the link that confirms the address.
ALTER TABLE emails ADD COLUMN token_digest TEXT COLLATE "C";
ALTER TABLE emails ADD COLUMN token_expires_at BIGINT;
CREATE UNIQUE INDEX emails_by_token ON emails (token_digest);
`,
  ],
};
