/** Gains and ends of memberships, for the timeline of a room. */
export const membershipChanges = `
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
`;
