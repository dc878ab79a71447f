/**
 * The sessions that have ended, for nodes that did not receive it over the bus. A trigger writes
 * them, so that each way to end a session counts.
 */
export const revocations = `
CREATE TABLE revocations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  session_key TEXT NOT NULL,
  revoked_at INTEGER NOT NULL
) STRICT;
CREATE INDEX revocations_by_time ON revocations (revoked_at);
CREATE TRIGGER session_ended AFTER DELETE ON sessions BEGIN
  INSERT INTO revocations (session_key, revoked_at)
    VALUES (old.id_digest, CAST(unixepoch('subsec') * 1000 AS INTEGER));
END;
`;
