/** A room's topic; empty if it has none. */
export const topics = `
ALTER TABLE rooms ADD COLUMN topic TEXT NOT NULL DEFAULT '';
`;
