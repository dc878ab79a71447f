/** A made-up migration of a later version: statements that both databases understand. */
export const LATER_TABLE = 'message_lengths';

export const LATER_SQL = `
CREATE TABLE ${LATER_TABLE} (id TEXT PRIMARY KEY, length INTEGER NOT NULL);
INSERT INTO ${LATER_TABLE} (id, length) SELECT id, length(content) FROM messages;
ALTER TABLE users ADD COLUMN motto TEXT NOT NULL DEFAULT 'none';
CREATE INDEX users_by_motto ON users (motto);
`;
