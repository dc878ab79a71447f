/**
 * The first version of the schema. Times are milliseconds since 1970; flags are 0 or 1.
 *
 * The log (`room_events`) and the messages are two tables: the log records what happened in which
 * order and holds no text; `messages` holds the current state of each message. A deletion can
 * therefore erase a text without a trace, and a page of history is a page of messages however often
 * they were edited.
 *
 * Indexes and counters let every query read only what it answers, however large a room, a message's
 * reactions or the server are. Most tables are clustered by their key. The log, the messages and the
 * keys of commands are appended to instead: clustered by room, each active room would have its own
 * page of each table to change, and to split every few messages.
 */
export const baseline = `
CREATE TABLE store_meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Accounts and sessions ---------------------------------------------------------------------------

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  username TEXT NOT NULL,
  username_key TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  -- Equal for display names that look the same.
  name_key TEXT,
  -- Id and picture in the application that authenticates the user.
  external_id TEXT,
  avatar_url TEXT,
  role TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  -- Whether strangers must invite the user instead of adding them.
  asks_first INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER
) STRICT;
CREATE INDEX users_by_name_key ON users (name_key);
-- Two applications may have a user with the same id.
CREATE INDEX users_by_external_id ON users (external_id);

-- Both names from the beginning of each word on, by which users are found.
CREATE TABLE user_words (
  word TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (word, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_words_by_user ON user_words (user_id, word);

CREATE TABLE external_identities (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  id_digest TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  last_activity_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- The sessions that have ended, for nodes that did not receive it over the bus. A trigger writes
-- them, so that each way to end a session counts.
CREATE TABLE revocations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  session_key TEXT NOT NULL,
  revoked_at INTEGER NOT NULL
) STRICT;
CREATE INDEX revocations_by_time ON revocations (revoked_at);
CREATE TRIGGER session_ended AFTER DELETE ON sessions BEGIN
  INSERT INTO revocations (session_key, revoked_at)
    VALUES (old.id_digest, CAST(unixepoch('subsec') * 1000 AS INTEGER));
END;

CREATE TABLE login_attempts (
  key TEXT PRIMARY KEY,
  attempts INTEGER NOT NULL,
  window_ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX login_attempts_by_end ON login_attempts (window_ends_at);

CREATE TABLE blocks (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  blocked_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, blocked_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX blocks_by_blocked ON blocks (blocked_id);

-- How users want to appear while they are connected.
CREATE TABLE chosen_presence (
  user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  status TEXT NOT NULL,
  status_text TEXT,
  until INTEGER,
  chosen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Workspaces, rooms and their members -------------------------------------------------------------

CREATE TABLE workspaces (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
INSERT INTO workspaces (id, name, created_at) VALUES ('00000000-0000-7000-8000-000000000001', 'Default', 0);

CREATE TABLE workspace_members (
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX workspace_members_by_user ON workspace_members (user_id);
CREATE INDEX workspace_members_by_role ON workspace_members (workspace_id, role, created_at, user_id);

CREATE TABLE rooms (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT,
  -- Empty if the room has none.
  topic TEXT NOT NULL DEFAULT '',
  visibility TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL REFERENCES users (id),
  archived_at INTEGER,
  -- The room's own part of its epoch; the store's generation is the other.
  log_id TEXT NOT NULL,
  head_sequence INTEGER NOT NULL DEFAULT 0,
  head_ordinal INTEGER NOT NULL DEFAULT 0,
  -- The lowest sequence that the log still has, and the ordinal below which messages are gone.
  first_sequence INTEGER NOT NULL DEFAULT 1,
  pruned_ordinal INTEGER NOT NULL DEFAULT 0,
  last_event_at INTEGER NOT NULL,
  UNIQUE (workspace_id, name_key)
) STRICT;
CREATE INDEX rooms_public ON rooms (id) WHERE visibility = 'public';
CREATE INDEX rooms_channels ON rooms (workspace_id, id) WHERE kind = 'channel';

CREATE TABLE memberships (
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  notification_level TEXT NOT NULL DEFAULT 'all',
  muted_until INTEGER,
  marked_unread INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_by_user ON memberships (user_id);
-- The next owner of a room is its longest-standing other member.
CREATE INDEX memberships_by_age ON memberships (room_id, created_at, user_id);
CREATE INDEX memberships_of_owners ON memberships (room_id) WHERE role = 'owner';

CREATE TABLE bans (
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;

-- Gains and ends of memberships, for the timeline.
CREATE TABLE membership_changes (
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  -- The room's latest event at that time.
  after_sequence INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (room_id, after_sequence, created_at, user_id, kind)
) STRICT, WITHOUT ROWID;

-- To workspaces and groups.
CREATE TABLE invitations (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  target_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  role TEXT NOT NULL,
  inviter_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, target_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX invitations_by_target ON invitations (target_id, user_id);

-- Memberships that have ended and whose event is not yet known to be in a log outside the database.
-- Empty for a database that has the logs itself.
CREATE TABLE pending_losses (
  id TEXT PRIMARY KEY,
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  actor_id TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  username TEXT NOT NULL,
  reason TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  admitted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_losses_by_room ON pending_losses (room_id, admitted_at, id);
CREATE INDEX pending_losses_by_time ON pending_losses (admitted_at, id);

-- The log and the messages ------------------------------------------------------------------------

CREATE TABLE room_events (
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  sequence INTEGER NOT NULL,
  kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  -- What the event is about: a message's id, a person's id.
  target_id TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  -- The emoji of a reaction, the reason of a loss of access; never a text.
  detail TEXT,
  PRIMARY KEY (room_id, sequence)
) STRICT;

CREATE TABLE messages (
  id TEXT PRIMARY KEY,
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id),
  content TEXT NOT NULL,
  -- JSON; NULL for a message without any, and for a deleted one.
  attachments TEXT,
  created_at INTEGER NOT NULL,
  edited_at INTEGER,
  is_deleted INTEGER NOT NULL DEFAULT 0,
  is_pinned INTEGER NOT NULL DEFAULT 0,
  sequence_number INTEGER NOT NULL,
  client_message_id TEXT,
  parent_id TEXT,
  -- Of a reply: its number in the thread. Of a parent: how many replies there are.
  reply_number INTEGER,
  reply_count INTEGER NOT NULL DEFAULT 0,
  UNIQUE (room_id, sequence_number)
) STRICT;
CREATE INDEX messages_by_time ON messages (room_id, created_at);
CREATE INDEX messages_by_thread ON messages (parent_id, sequence_number) WHERE parent_id IS NOT NULL;
CREATE INDEX messages_pinned ON messages (room_id, sequence_number) WHERE is_pinned = 1;

-- The idempotency keys of commands. They outlive the events that they refer to: a retry is
-- recognized for as long as the room exists.
CREATE TABLE send_keys (
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  sender_id TEXT NOT NULL,
  client_message_id TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  event_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (room_id, sender_id, client_message_id)
) STRICT;

CREATE TABLE mentions (
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  -- Of the message.
  sequence INTEGER NOT NULL,
  -- Empty: everyone in the room.
  user_id TEXT NOT NULL,
  PRIMARY KEY (room_id, user_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_by_message ON mentions (room_id, sequence);

-- Deleted messages by blocks of sequences: level 0 has one row per message, and each further level
-- one per block of 256 times as many sequences.
CREATE TABLE deletion_counts (
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  level INTEGER NOT NULL,
  block INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (room_id, level, block)
) STRICT, WITHOUT ROWID;

CREATE TABLE reactions (
  message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  emoji TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- Of the event that added it.
  sequence INTEGER NOT NULL,
  PRIMARY KEY (message_id, emoji, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reactions_by_order ON reactions (message_id, emoji, sequence);

-- Triggers count reactions, so that imports and deletions are counted as well.
CREATE TABLE reaction_counts (
  message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  emoji TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (message_id, emoji)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER reaction_added AFTER INSERT ON reactions BEGIN
  INSERT INTO reaction_counts (message_id, emoji, count) VALUES (new.message_id, new.emoji, 1)
    ON CONFLICT (message_id, emoji) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER reaction_removed AFTER DELETE ON reactions BEGIN
  UPDATE reaction_counts SET count = count - 1 WHERE message_id = old.message_id AND emoji = old.emoji;
  DELETE FROM reaction_counts WHERE message_id = old.message_id AND emoji = old.emoji AND count = 0;
END;

-- Reactions of deleted messages that a sweep deletes in steps: a popular message has more than one
-- transaction should delete. Readers find none of them, since the counts are deleted at once.
CREATE TABLE leftover_reactions (
  message_id TEXT PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Reading -----------------------------------------------------------------------------------------

CREATE TABLE read_receipts (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  last_read_at INTEGER NOT NULL,
  last_read_message_id TEXT,
  last_read_sequence INTEGER NOT NULL,
  last_read_ordinal INTEGER NOT NULL,
  PRIMARY KEY (user_id, room_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX read_receipts_by_position ON read_receipts (room_id, last_read_sequence DESC, user_id);

-- Positions reached in a direct room, and when: they give the time at which a message was read.
CREATE TABLE read_steps (
  room_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  read_at INTEGER NOT NULL,
  PRIMARY KEY (room_id, user_id, sequence),
  FOREIGN KEY (room_id, user_id) REFERENCES memberships (room_id, user_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
`;
