/** Accounts can be disabled. */
import type { Migration } from './migration.ts';

export const disabledAccounts: Migration = {
  oldestReader: 1,
  sql: [
    `
ALTER TABLE users ADD COLUMN disabled_at BIGINT;
CREATE INDEX users_disabled ON users (id) WHERE disabled_at IS NOT NULL;
CREATE INDEX users_owning ON users (id) WHERE role = 'owner';

-- Connections may have come with the token of another application, which is no session here.
`,
    {
      postgres: `
CREATE FUNCTION note_changed_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO revocations (session_key, revoked_at)
    VALUES ('user ' || NEW.id, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint);
  RETURN NULL;
END $$;
CREATE TRIGGER account_changed AFTER UPDATE OF role, disabled_at ON users FOR EACH ROW
  WHEN (OLD.role <> NEW.role OR (OLD.disabled_at IS NULL) <> (NEW.disabled_at IS NULL))
  EXECUTE FUNCTION note_changed_account();
`,
      sqlite: `
CREATE TRIGGER account_changed AFTER UPDATE OF role, disabled_at ON users
WHEN old.role <> new.role OR (old.disabled_at IS NULL) <> (new.disabled_at IS NULL) BEGIN
  INSERT INTO revocations (session_key, revoked_at)
    VALUES ('user ' || new.id, CAST(unixepoch('subsec') * 1000 AS INTEGER));
END;
`,
    },
  ],
};
