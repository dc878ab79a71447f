/**
 * The first version of the schema. Times are milliseconds since 1970; flags are 0 or 1.
 *
 * The log (`room_events`) and the messages are two tables: the log records what happened in which
 * order and holds no text; `messages` holds the current state of each message. A deletion can
 * therefore erase a text without a trace, and a page of history is a page of messages however often
 * they were edited.
 *
 * Indexes and counters let every query read only what it answers, however large a room, a message's
 * reactions or the server are. In SQLite most tables are clustered by their key. The log, the messages
 * and the keys of commands are appended to instead: clustered by room, each active room would have its
 * own page of each table to change, and to split every few messages.
 *
 * In PostgreSQL, keys are texts in the collation "C": they are compared byte by byte and have the same
 * order on every server, whatever its locale. Tables that change with every batch have a fill factor,
 * so that a new row version needs no new index entry.
 */
import type { Migration } from './migration.ts';

export const baseline: Migration = {
  oldestReader: 1,
  sql: [
    `
CREATE TABLE store_meta (
  key TEXT COLLATE "C" PRIMARY KEY,
  value TEXT NOT NULL
);

-- Accounts and sessions ---------------------------------------------------------------------------

CREATE TABLE users (
  id TEXT COLLATE "C" PRIMARY KEY,
  username TEXT NOT NULL,
  username_key TEXT COLLATE "C" NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  -- Equal for display names that look the same.
  name_key TEXT COLLATE "C",
  -- Id and picture in the application that authenticates the user.
  external_id TEXT COLLATE "C",
  avatar_url TEXT,
  role TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  -- Whether strangers must invite the user instead of adding them.
  asks_first INTEGER NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT
) /*+ STRICT */;
CREATE INDEX users_by_name_key ON users (name_key);
-- Two applications may have a user with the same id.
CREATE INDEX users_by_external_id ON users (external_id);

-- Both names from the beginning of each word on, by which users are found.
CREATE TABLE user_words (
  word TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (word, user_id)
);
CREATE INDEX user_words_by_user ON user_words (user_id, word);

CREATE TABLE external_identities (
  issuer TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (issuer, subject)
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
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- The sessions that have ended, for nodes that did not receive it over the bus. A trigger writes
-- them, so that each way to end a session counts.
CREATE TABLE revocations (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  session_key TEXT COLLATE "C" NOT NULL,
  revoked_at BIGINT NOT NULL
) /*+ STRICT */;
CREATE INDEX revocations_by_time ON revocations (revoked_at);
`,
    {
      postgres: `
CREATE FUNCTION note_ended_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO revocations (session_key, revoked_at)
    SELECT id_digest, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint FROM ended;
  RETURN NULL;
END $$;
CREATE TRIGGER sessions_ended AFTER DELETE ON sessions REFERENCING OLD TABLE AS ended
  FOR EACH STATEMENT EXECUTE FUNCTION note_ended_sessions();
`,
      sqlite: `
CREATE TRIGGER session_ended AFTER DELETE ON sessions BEGIN
  INSERT INTO revocations (session_key, revoked_at)
    VALUES (old.id_digest, CAST(unixepoch('subsec') * 1000 AS INTEGER));
END;
`,
    },
    `

CREATE TABLE login_attempts (
  key TEXT COLLATE "C" PRIMARY KEY,
  attempts BIGINT NOT NULL,
  window_ends_at BIGINT NOT NULL
);
CREATE INDEX login_attempts_by_end ON login_attempts (window_ends_at);

CREATE TABLE blocks (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  blocked_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, blocked_id)
);
`,
    {
      postgres: `
CREATE INDEX blocks_by_blocked ON blocks (blocked_id, user_id);
`,
      sqlite: `
CREATE INDEX blocks_by_blocked ON blocks (blocked_id);
`,
    },
    `

-- How users want to appear while they are connected.
CREATE TABLE chosen_presence (
  user_id TEXT COLLATE "C" PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  status TEXT NOT NULL,
  status_text TEXT,
  until BIGINT,
  chosen_at BIGINT NOT NULL
);

-- Workspaces, rooms and their members -------------------------------------------------------------

CREATE TABLE workspaces (
  id TEXT COLLATE "C" PRIMARY KEY,
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL
) /*+ STRICT */;
INSERT INTO workspaces (id, name, created_at) VALUES ('00000000-0000-7000-8000-000000000001', 'Default', 0);

CREATE TABLE workspace_members (
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX workspace_members_by_user ON workspace_members (user_id);
`,
    {
      postgres: `
-- Partial: for one member, the planner could prefer a complete index to the primary key and read all
-- members. SQLite never does, so there the index is complete.
CREATE INDEX workspace_members_by_role ON workspace_members (workspace_id, role, created_at, user_id)
  WHERE role <> 'member';
`,
      sqlite: `
CREATE INDEX workspace_members_by_role ON workspace_members (workspace_id, role, created_at, user_id);
`,
    },
    `

CREATE TABLE rooms (
  id TEXT COLLATE "C" PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT COLLATE "C",
  -- Empty if the room has none.
  topic TEXT NOT NULL DEFAULT '',
  visibility TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  archived_at BIGINT,
  -- The room's own part of its epoch; the store's generation is the other.
  log_id TEXT NOT NULL,
  head_sequence BIGINT NOT NULL DEFAULT 0,
  head_ordinal BIGINT NOT NULL DEFAULT 0,
  -- The lowest sequence that the log still has, and the ordinal below which messages are gone.
  first_sequence BIGINT NOT NULL DEFAULT 1,
  pruned_ordinal BIGINT NOT NULL DEFAULT 0,
  last_event_at BIGINT NOT NULL,
  UNIQUE (workspace_id, name_key)
) WITH (fillfactor = 70) /*+ STRICT */;
CREATE INDEX rooms_public ON rooms (id) WHERE visibility = 'public';
CREATE INDEX rooms_channels ON rooms (workspace_id, id) WHERE kind = 'channel';

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
`,
    {
      postgres: `
CREATE INDEX memberships_by_user ON memberships (user_id, room_id);
-- The next owner of a room is its longest-standing other member. Partial for the same reason.
CREATE INDEX memberships_by_age ON memberships (room_id, created_at, user_id) WHERE role <> 'owner';
`,
      sqlite: `
CREATE INDEX memberships_by_user ON memberships (user_id);
-- The next owner of a room is its longest-standing other member.
CREATE INDEX memberships_by_age ON memberships (room_id, created_at, user_id);
`,
    },
    `
CREATE INDEX memberships_of_owners ON memberships (room_id) WHERE role = 'owner';

CREATE TABLE bans (
  room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_by TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (room_id, user_id)
);

-- Gains and ends of memberships, for the timeline.
CREATE TABLE membership_changes (
  room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  -- The room's latest event at that time.
  after_sequence BIGINT NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  kind TEXT NOT NULL,
  actor_id TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (room_id, after_sequence, created_at, user_id, kind)
);

-- To workspaces and groups.
CREATE TABLE invitations (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  target_id TEXT COLLATE "C" NOT NULL,
  kind TEXT NOT NULL,
  role TEXT NOT NULL,
  inviter_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, target_id)
);
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
  admitted_at BIGINT NOT NULL
);
CREATE INDEX pending_losses_by_room ON pending_losses (room_id, admitted_at, id);
CREATE INDEX pending_losses_by_time ON pending_losses (admitted_at, id);

-- The log and the messages ------------------------------------------------------------------------

CREATE TABLE room_events (
  room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  sequence BIGINT NOT NULL,
  kind TEXT NOT NULL,
  actor_id TEXT COLLATE "C" NOT NULL,
  -- What the event is about: a message's id, a person's id.
  target_id TEXT COLLATE "C" NOT NULL,
  ordinal BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  -- The emoji of a reaction, the reason of a loss of access; never a text.
  detail TEXT,
  PRIMARY KEY (room_id, sequence)
) /*+ STRICT */;

CREATE TABLE messages (
  id TEXT COLLATE "C" PRIMARY KEY,
  room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  content TEXT NOT NULL,
  -- JSON; NULL for a message without any, and for a deleted one.
  attachments TEXT,
  created_at BIGINT NOT NULL,
  edited_at BIGINT,
  is_deleted BIGINT NOT NULL DEFAULT 0,
  is_pinned BIGINT NOT NULL DEFAULT 0,
  sequence_number BIGINT NOT NULL,
  client_message_id TEXT,
  parent_id TEXT COLLATE "C",
  -- Of a reply: its number in the thread. Of a parent: how many replies there are.
  reply_number BIGINT,
  reply_count BIGINT NOT NULL DEFAULT 0,
  UNIQUE (room_id, sequence_number)
) /*+ STRICT */;
CREATE INDEX messages_by_time ON messages (room_id, created_at);
CREATE INDEX messages_by_thread ON messages (parent_id, sequence_number) WHERE parent_id IS NOT NULL;
CREATE INDEX messages_pinned ON messages (room_id, sequence_number) WHERE is_pinned = 1;

-- The idempotency keys of commands. They outlive the events that they refer to: a retry is
-- recognized for as long as the room exists.
CREATE TABLE send_keys (
  room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  sender_id TEXT COLLATE "C" NOT NULL,
  client_message_id TEXT COLLATE "C" NOT NULL,
  fingerprint TEXT NOT NULL,
  event_id TEXT COLLATE "C" NOT NULL,
  sequence BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (room_id, sender_id, client_message_id)
) /*+ STRICT */;

CREATE TABLE mentions (
  room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  -- Of the message.
  sequence BIGINT NOT NULL,
  -- Empty: everyone in the room.
  user_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (room_id, user_id, sequence)
);
CREATE INDEX mentions_by_message ON mentions (room_id, sequence);

-- Deleted messages by blocks of sequences: level 0 has one row per message, and each further level
-- one per block of 256 times as many sequences.
CREATE TABLE deletion_counts (
  room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  level BIGINT NOT NULL,
  block BIGINT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (room_id, level, block)
);

CREATE TABLE reactions (
  message_id TEXT COLLATE "C" NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  emoji TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- Of the event that added it.
  sequence BIGINT NOT NULL,
  PRIMARY KEY (message_id, emoji, user_id)
);
CREATE INDEX reactions_by_order ON reactions (message_id, emoji, sequence);

-- Triggers count reactions, so that imports and deletions are counted as well.
CREATE TABLE reaction_counts (
  message_id TEXT COLLATE "C" NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  emoji TEXT COLLATE "C" NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (message_id, emoji)
);
`,
    {
      postgres: `
CREATE FUNCTION count_reactions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- A cascade from a message without reactions.
  IF NOT EXISTS (SELECT 1 FROM changed) THEN RETURN NULL; END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO reaction_counts AS c (message_id, emoji, count)
      SELECT message_id, emoji, count(*) FROM changed GROUP BY message_id, emoji
      ON CONFLICT (message_id, emoji) DO UPDATE SET count = c.count + excluded.count;
  ELSE
    UPDATE reaction_counts c SET count = c.count - d.count
      FROM (SELECT message_id, emoji, count(*) AS count FROM changed GROUP BY message_id, emoji) d
      WHERE c.message_id = d.message_id AND c.emoji = d.emoji;
    DELETE FROM reaction_counts c USING (SELECT DISTINCT message_id, emoji FROM changed) d
      WHERE c.message_id = d.message_id AND c.emoji = d.emoji AND c.count = 0;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER reactions_added AFTER INSERT ON reactions REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION count_reactions();
CREATE TRIGGER reactions_removed AFTER DELETE ON reactions REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION count_reactions();
`,
      sqlite: `
CREATE TRIGGER reaction_added AFTER INSERT ON reactions BEGIN
  INSERT INTO reaction_counts (message_id, emoji, count) VALUES (new.message_id, new.emoji, 1)
    ON CONFLICT (message_id, emoji) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER reaction_removed AFTER DELETE ON reactions BEGIN
  UPDATE reaction_counts SET count = count - 1 WHERE message_id = old.message_id AND emoji = old.emoji;
  DELETE FROM reaction_counts WHERE message_id = old.message_id AND emoji = old.emoji AND count = 0;
END;
`,
    },
    `

-- Reactions of deleted messages that a sweep deletes in steps: a popular message has more than one
-- transaction should delete. Readers find none of them, since the counts are deleted at once.
CREATE TABLE leftover_reactions (
  message_id TEXT COLLATE "C" PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE
);

-- Reading -----------------------------------------------------------------------------------------

CREATE TABLE read_receipts (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  last_read_at BIGINT NOT NULL,
  last_read_message_id TEXT,
  last_read_sequence BIGINT NOT NULL,
  last_read_ordinal BIGINT NOT NULL,
  PRIMARY KEY (user_id, room_id)
) WITH (fillfactor = 70);
CREATE INDEX read_receipts_by_position ON read_receipts (room_id, last_read_sequence DESC, user_id);

-- Positions reached in a direct room, and when: they give the time at which a message was read.
CREATE TABLE read_steps (
  room_id TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  sequence BIGINT NOT NULL,
  read_at BIGINT NOT NULL,
  PRIMARY KEY (room_id, user_id, sequence),
  FOREIGN KEY (room_id, user_id) REFERENCES memberships (room_id, user_id) ON DELETE CASCADE
);
`,
    {
      postgres: `
-- Stores one message in one statement, if nothing about it is unusual, and returns its position;
-- otherwise returns no row and changes nothing (docs/decisions/0089). commit.ts writes the same
-- rows, and decides everything that is unusual.
CREATE FUNCTION store_plain_message(
  p_room_id TEXT, p_user_id TEXT, p_message_id TEXT, p_content TEXT, p_attachments TEXT,
  p_admitted_at BIGINT, p_client_message_id TEXT, p_fingerprint TEXT
) RETURNS TABLE (
  new_sequence BIGINT, new_ordinal BIGINT, new_created_at BIGINT,
  room_log_id TEXT, store_generation TEXT, author_username TEXT
) LANGUAGE plpgsql AS $$
DECLARE
  room_kind TEXT;
  room_archived_at BIGINT;
BEGIN
  SELECT r.kind, r.archived_at, r.log_id,
      r.head_sequence + 1, r.head_ordinal + 1, greatest(r.last_event_at, p_admitted_at)
    INTO room_kind, room_archived_at, room_log_id, new_sequence, new_ordinal, new_created_at
    FROM rooms r WHERE r.id = p_room_id FOR NO KEY UPDATE;
  IF NOT FOUND OR room_archived_at IS NOT NULL THEN RETURN; END IF;

  -- Each statement sees what was committed before it: rows read after the lock do not change.
  SELECT u.username, (SELECT value FROM store_meta WHERE key = 'generation')
    INTO author_username, store_generation
    FROM memberships m JOIN users u ON u.id = m.user_id
    WHERE m.room_id = p_room_id AND m.user_id = p_user_id;
  IF NOT FOUND THEN RETURN; END IF;
  IF p_client_message_id IS NOT NULL THEN
    PERFORM 1 FROM send_keys k WHERE k.room_id = p_room_id AND k.sender_id = p_user_id
      AND k.client_message_id = p_client_message_id;
    IF FOUND THEN RETURN; END IF;
  END IF;
  IF room_kind = 'direct' THEN
    PERFORM 1 FROM memberships one JOIN memberships other ON other.room_id = one.room_id
      JOIN blocks b ON b.user_id = one.user_id AND b.blocked_id = other.user_id
      WHERE one.room_id = p_room_id;
    IF FOUND THEN RETURN; END IF;
    INSERT INTO read_steps (room_id, user_id, sequence, read_at)
      SELECT p_room_id, p_user_id, new_sequence, new_created_at FROM read_receipts p
      WHERE p.room_id = p_room_id AND p.user_id = p_user_id AND p.last_read_ordinal < new_ordinal - 1;
  END IF;

  INSERT INTO messages (id, room_id, user_id, content, created_at, sequence_number, client_message_id, attachments)
    VALUES (p_message_id, p_room_id, p_user_id, p_content, new_created_at, new_sequence,
      p_client_message_id, p_attachments);
  UPDATE read_receipts p SET last_read_at = new_created_at, last_read_message_id = p_message_id,
      last_read_sequence = new_sequence, last_read_ordinal = new_ordinal
    WHERE p.room_id = p_room_id AND p.user_id = p_user_id;
  INSERT INTO room_events (room_id, sequence, kind, actor_id, target_id, ordinal, created_at)
    VALUES (p_room_id, new_sequence, 'message', p_user_id, p_message_id, new_ordinal, new_created_at);
  IF p_client_message_id IS NOT NULL THEN
    INSERT INTO send_keys (room_id, sender_id, client_message_id, fingerprint, event_id, sequence, created_at)
      VALUES (p_room_id, p_user_id, p_client_message_id, p_fingerprint, p_message_id, new_sequence, new_created_at);
  END IF;
  UPDATE rooms r SET head_sequence = new_sequence, head_ordinal = new_ordinal, last_event_at = new_created_at
    WHERE r.id = p_room_id;
  RETURN NEXT;
END $$;
`,
      sqlite: '',
    },
  ],
};
