/**
 * The log and the keys of commands are append-only tables, shared by all rooms; narrow indexes find
 * their rows.
 *
 * Before, they were clustered by room: each active room had its own page to change in each of these
 * tables, and to split every few messages, which was half of the data written by a commit.
 */
export const appended = `
CREATE TABLE room_events_appended (
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  sequence INTEGER NOT NULL,
  kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  -- What the event is about: a message's id, a person's id.
  target_id TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  -- The emoji of a reaction, the reason of a loss of access.
  detail TEXT,
  PRIMARY KEY (room_id, sequence)
) STRICT;
INSERT INTO room_events_appended
  SELECT room_id, sequence, kind, actor_id, target_id, ordinal, created_at, detail FROM room_events;
DROP TABLE room_events;
ALTER TABLE room_events_appended RENAME TO room_events;

CREATE TABLE send_keys_appended (
  room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  sender_id TEXT NOT NULL,
  client_message_id TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  event_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (room_id, sender_id, client_message_id)
) STRICT;
INSERT INTO send_keys_appended
  SELECT room_id, sender_id, client_message_id, fingerprint, event_id, sequence, created_at FROM send_keys;
DROP TABLE send_keys;
ALTER TABLE send_keys_appended RENAME TO send_keys;
`;
