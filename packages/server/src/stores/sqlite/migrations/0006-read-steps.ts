/**
 * Positions reached in a direct room, and when: they give the time at which a message was read.
 * Reading before this version is known only up to the position.
 */
export const readSteps = `
CREATE TABLE read_steps (
  room_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  read_at INTEGER NOT NULL,
  PRIMARY KEY (room_id, user_id, sequence),
  FOREIGN KEY (room_id, user_id) REFERENCES memberships (room_id, user_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO read_steps (room_id, user_id, sequence, read_at)
  SELECT m.room_id, m.user_id, p.last_read_sequence, p.last_read_at FROM rooms r
  JOIN memberships m ON m.room_id = r.id
  JOIN read_receipts p ON p.room_id = m.room_id AND p.user_id = m.user_id
  WHERE r.kind = 'direct' AND p.last_read_sequence > 0;
`;
