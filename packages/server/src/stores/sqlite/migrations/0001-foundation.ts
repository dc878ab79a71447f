/**
 * The first version of the schema.
 *
 * The log (`room_events`) and the messages are two tables: the log records what happened in which
 * order and holds no text; `messages` holds the current state of each message. A deletion can
 * therefore erase a text without a trace, and a page of history is a page of messages however often
 * they were edited.
 *
 * `send_keys` outlives the events that it refers to: a retry is recognized for as long as the room
 * exists. Times are milliseconds since 1970.
 */
export const foundation = `
CREATE TABLE store_meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  username TEXT NOT NULL,
  username_key TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  role TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER
) STRICT;

CREATE TABLE sessions (
  id_digest TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  last_activity_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE login_attempts (
  key TEXT PRIMARY KEY,
  attempts INTEGER NOT NULL,
  window_ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE workspaces (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
INSERT INTO workspaces (id, name, created_at) VALUES ('00000000-0000-7000-8000-000000000001', 'Default', 0);

CREATE TABLE rooms (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  visibility TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL REFERENCES users (id),
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

CREATE TABLE read_receipts (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  last_read_at INTEGER NOT NULL,
  last_read_message_id TEXT,
  last_read_sequence INTEGER NOT NULL,
  last_read_ordinal INTEGER NOT NULL,
  PRIMARY KEY (user_id, room_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX read_receipts_by_room ON read_receipts (room_id);

CREATE TABLE room_events (
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  sequence INTEGER NOT NULL,
  kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  -- What the event is about: a message's id, a person's id.
  target_id TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (room_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
  id TEXT PRIMARY KEY,
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id),
  content TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  sequence_number INTEGER NOT NULL,
  client_message_id TEXT,
  UNIQUE (room_id, sequence_number)
) STRICT;
CREATE INDEX messages_by_time ON messages (room_id, created_at);

CREATE TABLE send_keys (
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  sender_id TEXT NOT NULL,
  client_message_id TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  event_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (room_id, sender_id, client_message_id)
) STRICT, WITHOUT ROWID;
`;
