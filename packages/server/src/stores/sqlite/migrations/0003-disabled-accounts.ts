/** Accounts can be disabled. */
export const disabledAccounts = `
ALTER TABLE users ADD COLUMN disabled_at INTEGER;
CREATE INDEX users_disabled ON users (id) WHERE disabled_at IS NOT NULL;
CREATE INDEX users_owning ON users (id) WHERE role = 'owner';

-- Connections may have come with the token of another application, which is no session here.
CREATE TRIGGER account_changed AFTER UPDATE OF role, disabled_at ON users
WHEN old.role <> new.role OR (old.disabled_at IS NULL) <> (new.disabled_at IS NULL) BEGIN
  INSERT INTO revocations (session_key, revoked_at)
    VALUES ('user ' || new.id, CAST(unixepoch('subsec') * 1000 AS INTEGER));
END;
`;
