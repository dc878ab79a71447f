/** Bans have an end and a reason, and members can be muted. */
import type { Migration } from './migration.ts';

export const restrictions: Migration = {
  oldestReader: 1,
  sql: [
    `
-- NULL for a ban without an end.
ALTER TABLE bans ADD COLUMN until BIGINT;
ALTER TABLE bans ADD COLUMN reason TEXT NOT NULL DEFAULT '';

-- With those of users who have left: a new membership begins with them. Memberships have copies in
-- muted_until and mute_reason, which the commit of a message reads anyway.
CREATE TABLE mutes (
  room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  until BIGINT NOT NULL,
  reason TEXT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (room_id, user_id)
);
ALTER TABLE memberships ADD COLUMN mute_reason TEXT;
`,
    {
      postgres: `
-- As before, but what a muted member writes is decided in commit.ts.
CREATE OR REPLACE FUNCTION store_plain_message(
  p_room_id TEXT, p_user_id TEXT, p_message_id TEXT, p_content TEXT, p_attachments TEXT,
  p_admitted_at BIGINT, p_client_message_id TEXT, p_fingerprint TEXT
) RETURNS TABLE (
  new_sequence BIGINT, new_ordinal BIGINT, new_created_at BIGINT,
  room_log_id TEXT, store_generation TEXT, author_username TEXT
) LANGUAGE plpgsql AS $$
DECLARE
  room_kind TEXT;
  room_archived_at BIGINT;
  room_posting TEXT;
BEGIN
  SELECT r.kind, r.archived_at, r.posting, r.log_id,
      r.head_sequence + 1, r.head_ordinal + 1, greatest(r.last_event_at, p_admitted_at)
    INTO room_kind, room_archived_at, room_posting, room_log_id, new_sequence, new_ordinal, new_created_at
    FROM rooms r WHERE r.id = p_room_id FOR NO KEY UPDATE;
  IF NOT FOUND OR room_archived_at IS NOT NULL OR room_posting <> 'members' THEN RETURN; END IF;

  -- Each statement sees what was committed before it: rows read after the lock do not change.
  SELECT u.username, (SELECT value FROM store_meta WHERE key = 'generation')
    INTO author_username, store_generation
    FROM memberships m JOIN users u ON u.id = m.user_id
    WHERE m.room_id = p_room_id AND m.user_id = p_user_id
      AND (m.muted_until IS NULL OR m.muted_until <= p_admitted_at);
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
