/** What a message carries beside its text, as JSON; NULL of a message without, and of a deleted one. */
export const attachments = `
ALTER TABLE messages ADD COLUMN attachments TEXT;
`;
