/**
 * Reactions of deleted messages that a sweep deletes in steps: a popular message has more than one
 * transaction should delete. Readers find none of them, since the counts are deleted at once.
 */
export const leftoverReactions = `
CREATE TABLE leftover_reactions (
  message_id TEXT COLLATE "C" PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE
);

-- The next owner is the longest-standing other member. Partial: for one member, the planner could
-- prefer a complete index to the primary key and read all members.
CREATE INDEX memberships_by_age ON memberships (room_id, created_at, user_id) WHERE role <> 'owner';
`;
