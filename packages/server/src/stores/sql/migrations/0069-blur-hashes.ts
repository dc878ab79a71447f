/** Files that are pictures have a BlurHash. */
import type { Migration } from './migration.ts';

export const blurHashes: Migration = {
  oldestReader: 1,
  sql: ['ALTER TABLE files ADD COLUMN blur_hash TEXT;'],
};
