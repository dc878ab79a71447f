/**
 * Memberships that have ended and whose event is not yet known to be in a log outside the database.
 * Empty for a database that has the logs itself.
 */
export const pendingLosses = `
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
`;
