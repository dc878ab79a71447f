/** Users write messages that are sent later. */
import type { Migration } from './migration.ts';

export const scheduledMessages: Migration = {
  oldestReader: 1,
  sql: [
    `
CREATE TABLE scheduled_messages (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  id TEXT COLLATE "C" NOT NULL,
  -- No reference: the author is told that the room no longer exists, and keeps the text.
  room_id TEXT COLLATE "C" NOT NULL,
  parent_id TEXT COLLATE "C",
  content TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  send_at BIGINT NOT NULL,
  -- Of the next attempt; NULL after a failure.
  due_at BIGINT,
  -- An attempt has begun, and perhaps sent the message.
  is_taken BIGINT NOT NULL DEFAULT 0,
  failure TEXT,
  PRIMARY KEY (user_id, id)
);
CREATE INDEX scheduled_messages_due ON scheduled_messages (due_at, user_id, id) WHERE due_at IS NOT NULL;
`,
  ],
};
