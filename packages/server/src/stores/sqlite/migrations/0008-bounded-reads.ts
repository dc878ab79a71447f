/**
 * Indexes and counters with which no query reads more than it answers, however large a room, a
 * message's reactions or the server are.
 *
 * Triggers count reactions, so that imports and deletions are counted as well.
 */
export const boundedReads = `
CREATE TABLE reaction_counts (
  message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  emoji TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (message_id, emoji)
) STRICT, WITHOUT ROWID;
INSERT INTO reaction_counts (message_id, emoji, count)
  SELECT message_id, emoji, count(*) FROM reactions GROUP BY message_id, emoji;
CREATE TRIGGER reaction_added AFTER INSERT ON reactions BEGIN
  INSERT INTO reaction_counts (message_id, emoji, count) VALUES (new.message_id, new.emoji, 1)
    ON CONFLICT (message_id, emoji) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER reaction_removed AFTER DELETE ON reactions BEGIN
  UPDATE reaction_counts SET count = count - 1 WHERE message_id = old.message_id AND emoji = old.emoji;
  DELETE FROM reaction_counts WHERE message_id = old.message_id AND emoji = old.emoji AND count = 0;
END;
CREATE INDEX reactions_by_order ON reactions (message_id, emoji, sequence);

DROP INDEX read_receipts_by_room;
CREATE INDEX read_receipts_by_position ON read_receipts (room_id, last_read_sequence DESC, user_id);

CREATE INDEX memberships_by_age ON memberships (room_id, created_at, user_id);
CREATE INDEX memberships_of_owners ON memberships (room_id) WHERE role = 'owner';
CREATE INDEX workspace_members_by_role ON workspace_members (workspace_id, role, created_at, user_id);

CREATE INDEX rooms_public ON rooms (id) WHERE visibility = 'public';
CREATE INDEX rooms_channels ON rooms (workspace_id, id) WHERE kind = 'channel';

DROP INDEX sessions_by_user;
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);
CREATE INDEX login_attempts_by_end ON login_attempts (window_ends_at);
`;
