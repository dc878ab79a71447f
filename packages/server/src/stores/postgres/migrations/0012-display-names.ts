/**
 * The lower-case display name, which a search compares; null if it is the username. The database
 * converts existing names, which is exact for ASCII letters.
 */
export const displayNames = `
ALTER TABLE users ADD COLUMN display_name_key TEXT COLLATE "C";
UPDATE users SET display_name_key = lower(display_name) WHERE display_name <> username;
CREATE INDEX users_by_display_name ON users (display_name_key) WHERE display_name_key IS NOT NULL;
`;
