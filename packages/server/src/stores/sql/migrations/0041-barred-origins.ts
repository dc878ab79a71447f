/** Where users came from who were banned or suspended within a day. */
import type { Migration } from './migration.ts';

export const barredOrigins: Migration = {
  oldestReader: 1,
  sql: [
    `
CREATE TABLE barred_origins (
  -- Empty for the server.
  room_id TEXT COLLATE "C" NOT NULL,
  -- A network, or the id of an invite.
  origin TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  barred_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, room_id, origin)
);
CREATE INDEX barred_origins_by_origin ON barred_origins (room_id, origin);
CREATE INDEX barred_origins_by_time ON barred_origins (barred_at);
`,
  ],
};
