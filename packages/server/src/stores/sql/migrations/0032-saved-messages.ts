/** Users save messages for later, with reminders. */
import type { Migration } from './migration.ts';

export const savedMessages: Migration = {
  oldestReader: 1,
  sql: [
    `
CREATE TABLE saved_messages (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- No references: the deletion of a message or room writes nothing here. The list leaves such rows out.
  message_id TEXT COLLATE "C" NOT NULL,
  room_id TEXT COLLATE "C" NOT NULL,
  saved_at BIGINT NOT NULL,
  remind_at BIGINT,
  -- Of the reminder that the user has got.
  reminded_at BIGINT,
  PRIMARY KEY (user_id, message_id)
);
CREATE INDEX saved_messages_by_time ON saved_messages (user_id, saved_at, message_id);
CREATE INDEX saved_messages_reminded ON saved_messages (user_id, reminded_at, message_id) WHERE reminded_at IS NOT NULL;
CREATE INDEX saved_messages_due ON saved_messages (remind_at, user_id, message_id) WHERE remind_at IS NOT NULL;
`,
  ],
};
