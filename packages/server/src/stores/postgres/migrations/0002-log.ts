/**
 * The log also records edits, deletions, reactions, pins and losses of access. `messages` holds
 * their result; `room_events.detail` is the emoji of a reaction or the reason of a loss, never a
 * text.
 */
export const log = `
ALTER TABLE room_events ADD COLUMN detail TEXT;

ALTER TABLE messages ADD COLUMN edited_at BIGINT;
ALTER TABLE messages ADD COLUMN is_deleted BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN is_pinned BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN parent_id TEXT COLLATE "C";
-- Of a reply: its number in the thread. Of a parent: how many replies there are.
ALTER TABLE messages ADD COLUMN reply_number BIGINT;
ALTER TABLE messages ADD COLUMN reply_count BIGINT NOT NULL DEFAULT 0;
CREATE INDEX messages_by_thread ON messages (parent_id, sequence_number) WHERE parent_id IS NOT NULL;

CREATE TABLE reactions (
  message_id TEXT COLLATE "C" NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  emoji TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- Of the event that added it.
  sequence BIGINT NOT NULL,
  PRIMARY KEY (message_id, emoji, user_id)
);

CREATE TABLE mentions (
  room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  -- Of the message.
  sequence BIGINT NOT NULL,
  -- Empty: everyone in the room.
  user_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (room_id, user_id, sequence)
);
CREATE INDEX mentions_by_message ON mentions (room_id, sequence);

CREATE TABLE bans (
  room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_by TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (room_id, user_id)
);

CREATE TABLE blocks (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  blocked_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, blocked_id)
);
CREATE INDEX blocks_by_blocked ON blocks (blocked_id);
`;
