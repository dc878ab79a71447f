/** Gains and ends of memberships, for the timeline of a room. */
export const membershipChanges = `
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
`;
