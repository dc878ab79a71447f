/** The messages of a user are found without reading those of others, when they are to be deleted. */
import type { Migration } from './migration.ts';

export const messagesByAuthor: Migration = {
  oldestReader: 1,
  // Without deleted ones: what is done is not read again.
  sql: ['CREATE INDEX messages_by_author ON messages (user_id, id) WHERE is_deleted = 0;'],
};
