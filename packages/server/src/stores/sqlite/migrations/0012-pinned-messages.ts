/** The list of a room's pins reads only pinned messages, however long the room's history is. */
export const pinnedMessages = `
CREATE INDEX messages_pinned ON messages (room_id, sequence_number) WHERE is_pinned = 1;
`;
