/**
 * The log also records edits, deletions, reactions, pins and losses of access. `messages` holds
 * their result; `room_events.detail` is the emoji of a reaction or the reason of a loss, never a
 * text.
 */
export const log = `
ALTER TABLE room_events ADD COLUMN detail TEXT;

ALTER TABLE messages ADD COLUMN edited_at INTEGER;
ALTER TABLE messages ADD COLUMN is_deleted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN is_pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN parent_id TEXT;
-- Of a reply: its number in the thread. Of a parent: how many replies there are.
ALTER TABLE messages ADD COLUMN reply_number INTEGER;
ALTER TABLE messages ADD COLUMN reply_count INTEGER NOT NULL DEFAULT 0;
CREATE INDEX messages_by_thread ON messages (parent_id, sequence_number) WHERE parent_id IS NOT NULL;

CREATE TABLE reactions (
  message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  emoji TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- Of the event that added it.
  sequence INTEGER NOT NULL,
  PRIMARY KEY (message_id, emoji, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE mentions (
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  -- Of the message.
  sequence INTEGER NOT NULL,
  -- Empty: everyone in the room.
  user_id TEXT NOT NULL,
  PRIMARY KEY (room_id, user_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_by_message ON mentions (room_id, sequence);

CREATE TABLE bans (
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE blocks (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  blocked_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, blocked_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX blocks_by_blocked ON blocks (blocked_id);
`;
