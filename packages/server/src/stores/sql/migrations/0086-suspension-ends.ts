/** Suspensions that are over are found without reading other accounts. */
import type { Migration } from './migration.ts';

export const suspensionEnds: Migration = {
  oldestReader: 1,
  sql: ['CREATE INDEX users_suspended ON users (disabled_until) WHERE disabled_until IS NOT NULL;'],
};
