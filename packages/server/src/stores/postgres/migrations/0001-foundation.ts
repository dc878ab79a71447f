/**
 * The first version of the schema: the tables and columns of the SQLite store, so that an archive
 * of one can fill the other.
 *
 * Keys are texts in the collation "C": they are compared byte by byte and have the same order on
 * every server, whatever its locale. Flags are 0 or 1, as in SQLite. Tables that change with every
 * batch have a fill factor, so that a new row version needs no new index entry.
 */
export const foundation = `
CREATE TABLE store_meta (
  key TEXT COLLATE "C" PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE users (
  id TEXT COLLATE "C" PRIMARY KEY,
  username TEXT NOT NULL,
  username_key TEXT COLLATE "C" NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  role TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT
);

CREATE TABLE sessions (
  id_digest TEXT COLLATE "C" PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  last_activity_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE login_attempts (
  key TEXT COLLATE "C" PRIMARY KEY,
  attempts BIGINT NOT NULL,
  window_ends_at BIGINT NOT NULL
);

CREATE TABLE workspaces (
  id TEXT COLLATE "C" PRIMARY KEY,
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
INSERT INTO workspaces (id, name, created_at) VALUES ('00000000-0000-7000-8000-000000000001', 'Default', 0);

CREATE TABLE rooms (
  id TEXT COLLATE "C" PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT COLLATE "C" NOT NULL,
  visibility TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  -- The room's own part of its epoch; the store's generation is the other.
  log_id TEXT NOT NULL,
  head_sequence BIGINT NOT NULL DEFAULT 0,
  head_ordinal BIGINT NOT NULL DEFAULT 0,
  -- The lowest sequence that the log still has, and the ordinal below which messages are gone.
  first_sequence BIGINT NOT NULL DEFAULT 1,
  pruned_ordinal BIGINT NOT NULL DEFAULT 0,
  last_event_at BIGINT NOT NULL,
  UNIQUE (workspace_id, name_key)
) WITH (fillfactor = 70);

CREATE TABLE memberships (
  room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  notification_level TEXT NOT NULL DEFAULT 'all',
  muted_until BIGINT,
  marked_unread BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (room_id, user_id)
);
CREATE INDEX memberships_by_user ON memberships (user_id);

CREATE TABLE read_receipts (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  last_read_at BIGINT NOT NULL,
  last_read_message_id TEXT,
  last_read_sequence BIGINT NOT NULL,
  last_read_ordinal BIGINT NOT NULL,
  PRIMARY KEY (user_id, room_id)
) WITH (fillfactor = 70);
CREATE INDEX read_receipts_by_room ON read_receipts (room_id);

CREATE TABLE room_events (
  room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  sequence BIGINT NOT NULL,
  kind TEXT NOT NULL,
  actor_id TEXT COLLATE "C" NOT NULL,
  -- What the event is about: a message's id, a person's id.
  target_id TEXT COLLATE "C" NOT NULL,
  ordinal BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (room_id, sequence)
);

CREATE TABLE messages (
  id TEXT COLLATE "C" PRIMARY KEY,
  room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  content TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  sequence_number BIGINT NOT NULL,
  client_message_id TEXT,
  UNIQUE (room_id, sequence_number)
);
CREATE INDEX messages_by_time ON messages (room_id, created_at);

CREATE TABLE send_keys (
  room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  sender_id TEXT COLLATE "C" NOT NULL,
  client_message_id TEXT COLLATE "C" NOT NULL,
  fingerprint TEXT NOT NULL,
  event_id TEXT COLLATE "C" NOT NULL,
  sequence BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (room_id, sender_id, client_message_id)
);
`;
