/** Channels are public in their workspace, or private. */
import type { Migration } from './migration.ts';

export const privateChannels: Migration = {
  // Its own version: an earlier Parley would list public channels as rooms of the server.
  oldestReader: 38,
  sql: [
    `
UPDATE rooms SET visibility = 'public' WHERE kind = 'channel' AND deleted_at IS NULL;
DROP INDEX rooms_public;
CREATE INDEX rooms_public ON rooms (id) WHERE visibility = 'public' AND kind = 'room' AND archived_at IS NULL;
DROP INDEX rooms_channels;
CREATE INDEX rooms_channels ON rooms (workspace_id, visibility, id) WHERE kind = 'channel';
`,
  ],
};
