/**
 * Indexes and counters with which no query reads more than it answers, however large a room, a
 * message's reactions or the server are.
 *
 * A trigger counts reactions, so that imports and nodes of an older version are counted as well.
 */
export const boundedReads = `
CREATE TABLE reaction_counts (
  message_id TEXT COLLATE "C" NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  emoji TEXT COLLATE "C" NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (message_id, emoji)
);
INSERT INTO reaction_counts (message_id, emoji, count)
  SELECT message_id, emoji, count(*) FROM reactions GROUP BY message_id, emoji;
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
CREATE INDEX reactions_by_order ON reactions (message_id, emoji, sequence);

DROP INDEX read_receipts_by_room;
CREATE INDEX read_receipts_by_position ON read_receipts (room_id, last_read_sequence DESC, user_id);

DROP INDEX memberships_by_user;
CREATE INDEX memberships_by_user ON memberships (user_id, room_id);
CREATE INDEX memberships_of_owners ON memberships (room_id) WHERE role = 'owner';
-- Partial: for one member, the planner could prefer a complete one to the primary key and read all
-- members. SQLite never does, so there the index is complete.
CREATE INDEX workspace_members_by_role ON workspace_members (workspace_id, role, created_at, user_id)
  WHERE role <> 'member';

DROP INDEX blocks_by_blocked;
CREATE INDEX blocks_by_blocked ON blocks (blocked_id, user_id);

CREATE INDEX rooms_public ON rooms (id) WHERE visibility = 'public';
CREATE INDEX rooms_channels ON rooms (workspace_id, id) WHERE kind = 'channel';

DROP INDEX sessions_by_user;
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);
CREATE INDEX login_attempts_by_end ON login_attempts (window_ends_at);
`;
