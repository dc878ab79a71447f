/**
 * Reactions of deleted messages that a sweep deletes in steps: a popular message has more than one
 * transaction should delete. Readers find none of them, since the counts are deleted at once.
 */
export const leftoverReactions = `
CREATE TABLE leftover_reactions (
  message_id TEXT PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
`;
