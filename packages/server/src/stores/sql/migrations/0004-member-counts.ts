/** Rooms count their members: a list of rooms reads one row for each, however large they are. */
import type { Migration } from './migration.ts';

export const memberCounts: Migration = {
  oldestReader: 1,
  sql: [
    `
-- Of enabled users. Triggers count, so that imports and deletions are counted as well.
CREATE TABLE member_counts (
  room_id TEXT COLLATE "C" PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
  count BIGINT NOT NULL
);
`,
    { postgres: 'LOCK TABLE memberships, users IN SHARE ROW EXCLUSIVE MODE;\n', sqlite: '' },
    `
INSERT INTO member_counts (room_id, count)
  SELECT m.room_id, count(*) FROM memberships m JOIN users u ON u.id = m.user_id
  WHERE u.disabled_at IS NULL GROUP BY m.room_id;
`,
    {
      postgres: `
CREATE FUNCTION count_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- A cascade from a room without members.
  IF NOT EXISTS (SELECT 1 FROM changed) THEN RETURN NULL; END IF;
  -- Locked: an account that is being disabled or enabled counts for all of its memberships, or none.
  PERFORM 1 FROM users u WHERE u.id IN (SELECT user_id FROM changed) ORDER BY u.id FOR SHARE;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO member_counts AS c (room_id, count)
      SELECT m.room_id, count(*) FROM changed m
      WHERE NOT EXISTS (SELECT 1 FROM users d WHERE d.id = m.user_id AND d.disabled_at IS NOT NULL)
      GROUP BY m.room_id ORDER BY m.room_id
      ON CONFLICT (room_id) DO UPDATE SET count = c.count + excluded.count;
  ELSE
    UPDATE member_counts c SET count = c.count - d.count
      FROM (SELECT m.room_id, count(*) AS count FROM changed m
        WHERE NOT EXISTS (SELECT 1 FROM users d WHERE d.id = m.user_id AND d.disabled_at IS NOT NULL)
        GROUP BY m.room_id) d
      WHERE c.room_id = d.room_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER members_added AFTER INSERT ON memberships REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION count_members();
CREATE TRIGGER members_removed AFTER DELETE ON memberships REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION count_members();

CREATE FUNCTION count_member_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO member_counts AS c (room_id, count)
    SELECT room_id, CASE WHEN NEW.disabled_at IS NULL THEN 1 ELSE -1 END
    FROM memberships WHERE user_id = NEW.id ORDER BY room_id
    ON CONFLICT (room_id) DO UPDATE SET count = c.count + excluded.count;
  RETURN NULL;
END $$;
CREATE TRIGGER member_disabled AFTER UPDATE OF disabled_at ON users FOR EACH ROW
  WHEN ((OLD.disabled_at IS NULL) <> (NEW.disabled_at IS NULL))
  EXECUTE FUNCTION count_member_again();
`,
      sqlite: `
CREATE TRIGGER member_added AFTER INSERT ON memberships
WHEN NOT EXISTS (SELECT 1 FROM users WHERE id = new.user_id AND disabled_at IS NOT NULL) BEGIN
  INSERT INTO member_counts (room_id, count) VALUES (new.room_id, 1)
    ON CONFLICT (room_id) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER member_removed AFTER DELETE ON memberships
WHEN NOT EXISTS (SELECT 1 FROM users WHERE id = old.user_id AND disabled_at IS NOT NULL) BEGIN
  UPDATE member_counts SET count = count - 1 WHERE room_id = old.room_id;
END;
CREATE TRIGGER member_disabled AFTER UPDATE OF disabled_at ON users
WHEN old.disabled_at IS NULL AND new.disabled_at IS NOT NULL BEGIN
  UPDATE member_counts SET count = count - 1
    WHERE room_id IN (SELECT room_id FROM memberships WHERE user_id = new.id);
END;
CREATE TRIGGER member_enabled AFTER UPDATE OF disabled_at ON users
WHEN old.disabled_at IS NOT NULL AND new.disabled_at IS NULL BEGIN
  INSERT INTO member_counts (room_id, count) SELECT room_id, 1 FROM memberships WHERE user_id = new.id
    ON CONFLICT (room_id) DO UPDATE SET count = count + 1;
END;
`,
    },
  ],
};
