/** The space that the files of a user take is read with each upload. */
import type { Migration } from './migration.ts';

export const filesByUser: Migration = {
  oldestReader: 1,
  // With the condition, the planner does not take it for the files of a message, which have ids.
  sql: ['CREATE INDEX files_by_user ON files (user_id, size) WHERE size > 0;'],
};
