/** Attachments of a message as JSON; NULL for a message without any, and for a deleted one. */
export const attachments = `
ALTER TABLE messages ADD COLUMN attachments TEXT;
`;
